// What btrfs is asked for with ioctl(2), which is variadic in C: -1 with errno each, if nothing else is said.
// The structures are those of linux/btrfs.h and linux/btrfs_tree.h.
#ifndef CLBTRFS_H
#define CLBTRFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// What the kernel knows of a subvolume (BTRFS_IOC_GET_SUBVOL_INFO, Linux 4.18).
struct clx_btrfs_subvolume {
    uint64_t id;
    int is_read_only;
    /// The transaction in which it was made, and that of the last change of a file in it.
    uint64_t made, changed;
    uint8_t uuid[16];
    /// Of the subvolume of which it is a snapshot; zero if it is none.
    uint8_t parent_uuid[16];
};
int clx_btrfs_subvolume(int subvolume, struct clx_btrfs_subvolume *info);

int clx_btrfs_create(int directory, const char *name);
/// A writable snapshot.
int clx_btrfs_snapshot(int directory, const char *name, int source);
int clx_btrfs_destroy(int directory, const char *name);
/// Destroys the subvolume with this number, on the file system of `any` (BTRFS_IOC_SNAP_DESTROY_V2, Linux 5.7).
int clx_btrfs_destroy_number(int any, uint64_t id);
int clx_btrfs_set_read_only(int subvolume, int read_only);
/// Opens the directory with this inode number of a subvolume, on the file system of `any` (open_by_handle_at(2)).
int clx_btrfs_open(int any, uint64_t id, uint64_t inode);
/// Commits the transaction, and has the kernel go on with the removal of destroyed subvolumes.
int clx_btrfs_sync(int any);

/// A key of a tree, as the trees are sorted.
struct clx_btrfs_key {
    uint64_t object;
    uint64_t offset;
    uint32_t type;
};
/// An item that was found; its content follows.
struct clx_btrfs_item {
    uint64_t transaction, object, offset;
    uint32_t type, length;
};
/// Fills `buffer` with the items of a tree (0: that of `any`'s subvolume) between two keys, in leaves written since the
/// transaction `since`: how many; 0 if there are none; EOVERFLOW if the buffer is too small for one
/// (BTRFS_IOC_TREE_SEARCH_V2).
ssize_t clx_btrfs_search(int any, uint64_t tree, struct clx_btrfs_key from, struct clx_btrfs_key through,
                         uint64_t since, void *buffer, size_t size);
/// Where in the buffer the first of them is.
size_t clx_btrfs_items_offset(void);

int clx_btrfs_enable_quota(int any);
/// Begins to count everything anew; EINPROGRESS if that is being done.
int clx_btrfs_recount(int any);
/// Waits until everything is counted.
int clx_btrfs_await_count(int any);
/// Limits what a subvolume has alone.
int clx_btrfs_limit(int any, uint64_t id, uint64_t bytes);
int clx_btrfs_remove_group(int any, uint64_t id);

#endif
