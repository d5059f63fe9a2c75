// entered PROGRAM ARGUMENT...: runs PROGRAM, and its children until they execute something else, and prints which of the
// addresses on standard input (hexadecimal, one a line, each the first of a function) were reached, in that order.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST = 1 << 18,
    BREAKPOINT = 0xcc,
    OPTIONS = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL
};

static struct function {
    unsigned long address;
    unsigned char instruction, isPrinted;
} functions[MOST];
static size_t count;

static int byAddress(const void *left, const void *right) {
    unsigned long a = ((const struct function *)left)->address, b = ((const struct function *)right)->address;
    return (a > b) - (a < b);
}

static int memory(pid_t thread) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", thread);
    return open(path, O_RDWR | O_CLOEXEC);
}

static int setBreakpoints(pid_t thread) {
    int file = memory(thread), ok = file != -1;
    const unsigned char breakpoint = BREAKPOINT;
    for (size_t i = 0; ok && i < count; i++)
        ok = pread(file, &functions[i].instruction, 1, (off_t)functions[i].address) == 1
            && pwrite(file, &breakpoint, 1, (off_t)functions[i].address) == 1;
    close(file);
    return ok;
}

// Takes the breakpoint away that the thread has reached; 0 if it stands at none.
static int pass(pid_t thread) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, thread, NULL, &registers) == -1) return 0;
    struct function key = {.address = registers.rip - 1}, *found;
    if ((found = bsearch(&key, functions, count, sizeof key, byAddress)) == NULL) return 0;
    int file = memory(thread);
    int ok = pwrite(file, &found->instruction, 1, (off_t)found->address) == 1;
    close(file);
    registers.rip -= 1;
    if (!ok || ptrace(PTRACE_SETREGS, thread, NULL, &registers) == -1) return 0;
    if (!found->isPrinted) printf("%016lx\n", found->address);
    return found->isPrinted = 1;
}

int main(int words, char **arguments) {
    if (words < 2) return 2;
    while (count < MOST && scanf("%lx", &functions[count].address) == 1) count++;
    qsort(functions, count, sizeof functions[0], byAddress);
    size_t kept = 0;  // Several names may have one address.
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || functions[kept - 1].address != functions[i].address) functions[kept++] = functions[i];
    count = kept;
    pid_t first = fork();
    if (first == 0) {
        // What the program prints is not part of the list.
        dup2(STDERR_FILENO, STDOUT_FILENO);
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execv(arguments[1], arguments + 1);
        _exit(127);
    }
    int status, result = 1;
    if (first == -1 || waitpid(first, &status, 0) != first || !WIFSTOPPED(status)) return 1;
    if (ptrace(PTRACE_SETOPTIONS, first, NULL, OPTIONS) == -1 || !setBreakpoints(first)) {
        perror("entered");
        return 1;
    }
    ptrace(PTRACE_CONT, first, NULL, NULL);
    for (;;) {
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread == -1 && errno == EINTR) continue;
        if (thread == -1) return result;
        if (!WIFSTOPPED(status)) {
            if (thread == first) result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
        } else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
            ptrace(PTRACE_DETACH, thread, NULL, NULL);
        } else {
            // A new child stops with SIGSTOP, which nobody sent.
            int signal = WSTOPSIG(status);
            if (signal == SIGSTOP || (signal == SIGTRAP && (status >> 16 != 0 || pass(thread)))) signal = 0;
            ptrace(PTRACE_CONT, thread, NULL, signal);
        }
    }
}
