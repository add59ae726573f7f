/* What the console tells of the server, as Lua tables: `require "moonwire.console_native"` of the
 * embedded modules. It reads, and changes nothing; how it is shown is console_report.lua's. */
#ifndef MW_BINDINGS_CONSOLE_NATIVE_H
#define MW_BINDINGS_CONSOLE_NATIVE_H

#include "bindings/vm.h"

/* [-0, +0, m] */
void console_native_open(struct vm *vm);

#endif
