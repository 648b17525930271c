#include "common/base.h"
