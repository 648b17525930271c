# kp_embed(<file> <symbol>): <symbol>.c in the binary folder, which defines
#	const char <symbol>[] (NUL-terminated) and const size_t <symbol>_len
# from the bytes of the file. Run as a script (cmake -P) it writes that file.
if(CMAKE_SCRIPT_MODE_FILE)
	file(READ ${IN} hex HEX)
	string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," hex "${hex}")
	file(WRITE ${OUT} "#include <stddef.h>\n\nextern const char ${SYMBOL}[];\nextern const size_t ${SYMBOL}_len;\n"
		"const char ${SYMBOL}[] = {\n${hex}'\\0'\n};\nconst size_t ${SYMBOL}_len = sizeof(${SYMBOL}) - 1;\n")
	return()
endif()

function(kp_embed file symbol)
	set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
	add_custom_command(OUTPUT ${out}
		COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_CURRENT_SOURCE_DIR}/${file} -DOUT=${out} -DSYMBOL=${symbol}
			-P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
		DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
endfunction()
