#include <seccomp.h>

// Macros that Swift cannot evaluate.
static inline uint32_t csc_errno(uint16_t number) { return SCMP_ACT_ERRNO(number); }
static inline uint32_t csc_allow(void) { return SCMP_ACT_ALLOW; }
static inline uint32_t csc_log(void) { return SCMP_ACT_LOG; }
static inline uint32_t csc_trap(void) { return SCMP_ACT_TRAP; }
static inline uint32_t csc_kill_thread(void) { return SCMP_ACT_KILL_THREAD; }
static inline uint32_t csc_kill_process(void) { return SCMP_ACT_KILL_PROCESS; }
static inline int csc_no_system_call(void) { return __NR_SCMP_ERROR; }
