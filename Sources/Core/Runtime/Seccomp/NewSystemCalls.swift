/// System calls that are newer than an installed libseccomp may be.
///
/// Their numbers are the same on every architecture (since 424: include/uapi/asm-generic/unistd.h).
enum NewSystemCalls {
    /// The numbers by name.
    static let numbers: [String: UInt32] = [
        "quotactl_fd": 443, "landlock_create_ruleset": 444, "landlock_add_rule": 445,
        "landlock_restrict_self": 446,
        "memfd_secret": 447, "process_mrelease": 448, "futex_waitv": 449, "set_mempolicy_home_node": 450,
        "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455,
        "futex_requeue": 456, "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459,
        "lsm_set_self_attr": 460, "lsm_list_modules": 461, "mseal": 462, "setxattrat": 463, "getxattrat": 464,
        "listxattrat": 465, "removexattrat": 466, "open_tree_attr": 467, "file_getattr": 468,
        "file_setattr": 469,
    ]

    /// The last one that this program knows.
    static let last: UInt32 = 469
}
