// What Swift's runtime asks at each start, answered without looking: eight paths at which a program could be that prints where
// another has crashed (there is none beside this one), and /proc/self/maps for how much room the stack has left, before a
// few thousand bytes are taken from it: they come from the heap then. The Makefile has the linker put these in their places
// (ld(1), --wrap); without that they are not used.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

const char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name) {
    (void)name;
    return NULL;
}

bool __wrap_swift_stdlib_isStackAllocationSafe(size_t size, size_t alignment) {
    (void)size;
    (void)alignment;
    return false;
}
