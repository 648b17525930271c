#include "aggregator/store.h"
