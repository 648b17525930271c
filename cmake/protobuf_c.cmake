# kp_protobuf(<target> <file.proto> ..): generated code in a library of its own, without our warnings.
find_program(PROTOC_C protoc-c REQUIRED)
function(kp_protobuf target)
	set(generated)
	foreach(proto IN LISTS ARGN)
		string(REGEX REPLACE "\\.proto$" "" stem ${proto})
		set(out ${CMAKE_CURRENT_BINARY_DIR}/${stem}.pb-c)
		add_custom_command(OUTPUT ${out}.c ${out}.h
			COMMAND ${PROTOC_C} --c_out=${CMAKE_CURRENT_BINARY_DIR} --proto_path=${CMAKE_CURRENT_SOURCE_DIR} ${proto}
			DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${proto} VERBATIM)
		list(APPEND generated ${out}.c)
	endforeach()
	add_library(${target} STATIC ${generated})
	target_compile_options(${target} PRIVATE -w -fPIE)
	target_include_directories(${target} SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR})
	target_include_directories(${target} SYSTEM PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
	target_link_libraries(${target} PUBLIC PkgConfig::PROTOBUF_C)
endfunction()
