// Where there is no memory: a message and the exit status of an own error, where Swift and C++ would end the program by
// a signal. The Makefile has the linker put these in the place of malloc(3) and its like, in all that is linked into
// the program (ld(1), --wrap); without that they are not used.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__real_malloc(size_t) __attribute__((weak));
extern void *__real_calloc(size_t, size_t) __attribute__((weak));
extern void *__real_realloc(void *, size_t) __attribute__((weak));
extern void *__real_aligned_alloc(size_t, size_t) __attribute__((weak));
extern int __real_posix_memalign(void **, size_t, size_t) __attribute__((weak));

static void *checked(void *memory, size_t size) {
    if (memory != NULL || size == 0) return memory;
    char text[200];
    int length = snprintf(text, sizeof text,
                          "mydocker: there is no memory: %zu bytes more were refused\n"
                          "mydocker: raise its limit (ulimit -v, ulimit -d), or free some\n",
                          size);
    (void)!write(STDERR_FILENO, text, (size_t)length);
    _exit(125);
}

void *__wrap_malloc(size_t size) { return checked(__real_malloc(size), size); }

void *__wrap_calloc(size_t count, size_t size) {
    return checked(__real_calloc(count, size), count == 0 ? 0 : size);
}

void *__wrap_realloc(void *memory, size_t size) { return checked(__real_realloc(memory, size), size); }

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return checked(__real_aligned_alloc(alignment, size), size);
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t size) {
    void *made = NULL;
    int reason = __real_posix_memalign(&made, alignment, size);
    // EINVAL is the caller's fault.
    if (reason == ENOMEM) checked(NULL, size);
    if (reason == 0) *memory = made;
    return reason;
}
