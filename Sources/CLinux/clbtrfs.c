#define _GNU_SOURCE
#include "clbtrfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

_Static_assert(sizeof(struct clx_btrfs_item) == sizeof(struct btrfs_ioctl_search_header), "the same layout");

static int put_name(char *place, size_t size, const char *name) {
    if (strlen(name) >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(place, name);
    return 0;
}

int clx_btrfs_subvolume(int subvolume, struct clx_btrfs_subvolume *info) {
    struct btrfs_ioctl_get_subvol_info_args args;
    memset(&args, 0, sizeof args);
    // It succeeds with 1, too: what a search in the kernel has said.
    if (ioctl(subvolume, BTRFS_IOC_GET_SUBVOL_INFO, &args) < 0) return -1;
    info->id = args.treeid;
    info->is_read_only = (args.flags & BTRFS_ROOT_SUBVOL_RDONLY) != 0;
    info->made = args.otransid;
    info->changed = args.ctransid;
    memcpy(info->uuid, args.uuid, sizeof info->uuid);
    memcpy(info->parent_uuid, args.parent_uuid, sizeof info->parent_uuid);
    return 0;
}

int clx_btrfs_create(int directory, const char *name) {
    struct btrfs_ioctl_vol_args_v2 args;
    memset(&args, 0, sizeof args);
    if (put_name(args.name, sizeof args.name, name) != 0) return -1;
    return ioctl(directory, BTRFS_IOC_SUBVOL_CREATE_V2, &args);
}

int clx_btrfs_snapshot(int directory, const char *name, int source) {
    struct btrfs_ioctl_vol_args_v2 args;
    memset(&args, 0, sizeof args);
    args.fd = source;
    if (put_name(args.name, sizeof args.name, name) != 0) return -1;
    return ioctl(directory, BTRFS_IOC_SNAP_CREATE_V2, &args);
}

int clx_btrfs_destroy(int directory, const char *name) {
    struct btrfs_ioctl_vol_args args;
    memset(&args, 0, sizeof args);
    if (put_name(args.name, sizeof args.name, name) != 0) return -1;
    return ioctl(directory, BTRFS_IOC_SNAP_DESTROY, &args);
}

int clx_btrfs_destroy_number(int any, uint64_t id) {
    struct btrfs_ioctl_vol_args_v2 args;
    memset(&args, 0, sizeof args);
    args.flags = BTRFS_SUBVOL_SPEC_BY_ID;
    args.subvolid = id;
    return ioctl(any, BTRFS_IOC_SNAP_DESTROY_V2, &args);
}

int clx_btrfs_set_read_only(int subvolume, int read_only) {
    uint64_t flags;
    if (ioctl(subvolume, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) != 0) return -1;
    uint64_t wanted = read_only ? flags | BTRFS_SUBVOL_RDONLY : flags & ~(uint64_t)BTRFS_SUBVOL_RDONLY;
    return wanted == flags ? 0 : ioctl(subvolume, BTRFS_IOC_SUBVOL_SETFLAGS, &wanted);
}

int clx_btrfs_open(int any, uint64_t id, uint64_t inode) {
    // struct btrfs_fid in fs/btrfs/export.h, without a parent; the generation 0 is any.
    enum { size = 20, type = 0x4d };
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + size];
    } fid;
    memset(&fid, 0, sizeof fid);
    fid.handle.handle_bytes = size;
    fid.handle.handle_type = type;
    memcpy(fid.handle.f_handle, &inode, sizeof inode);
    memcpy(fid.handle.f_handle + sizeof inode, &id, sizeof id);
    return open_by_handle_at(any, &fid.handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int clx_btrfs_sync(int any) { return ioctl(any, BTRFS_IOC_SYNC); }

ssize_t clx_btrfs_search(int any, uint64_t tree, struct clx_btrfs_key from, struct clx_btrfs_key through,
                         uint64_t since, void *buffer, size_t size) {
    // The arguments and their answer are one block of memory.
    struct btrfs_ioctl_search_args_v2 *args = buffer;
    if (size < sizeof *args) {
        errno = EINVAL;
        return -1;
    }
    memset(args, 0, sizeof *args);
    args->key.tree_id = tree;
    args->key.min_objectid = from.object;
    args->key.min_type = from.type;
    args->key.min_offset = from.offset;
    args->key.max_objectid = through.object;
    args->key.max_type = through.type;
    args->key.max_offset = through.offset;
    args->key.min_transid = since;
    args->key.max_transid = UINT64_MAX;
    args->key.nr_items = UINT32_MAX;
    args->buf_size = size - sizeof *args;
    if (ioctl(any, BTRFS_IOC_TREE_SEARCH_V2, args) != 0) return -1;
    return args->key.nr_items;
}

size_t clx_btrfs_items_offset(void) { return sizeof(struct btrfs_ioctl_search_args_v2); }

int clx_btrfs_enable_quota(int any) {
    struct btrfs_ioctl_quota_ctl_args args;
    memset(&args, 0, sizeof args);
    args.cmd = BTRFS_QUOTA_CTL_ENABLE;
    return ioctl(any, BTRFS_IOC_QUOTA_CTL, &args);
}

int clx_btrfs_recount(int any) {
    struct btrfs_ioctl_quota_rescan_args args;
    memset(&args, 0, sizeof args);
    return ioctl(any, BTRFS_IOC_QUOTA_RESCAN, &args);
}

int clx_btrfs_await_count(int any) { return ioctl(any, BTRFS_IOC_QUOTA_RESCAN_WAIT); }

int clx_btrfs_limit(int any, uint64_t id, uint64_t bytes) {
    struct btrfs_ioctl_qgroup_limit_args args;
    memset(&args, 0, sizeof args);
    args.qgroupid = id;
    args.lim.flags = BTRFS_QGROUP_LIMIT_MAX_EXCL;
    args.lim.max_excl = bytes;
    return ioctl(any, BTRFS_IOC_QGROUP_LIMIT, &args);
}

int clx_btrfs_remove_group(int any, uint64_t id) {
    struct btrfs_ioctl_qgroup_create_args args;
    memset(&args, 0, sizeof args);
    args.qgroupid = id;
    return ioctl(any, BTRFS_IOC_QGROUP_CREATE, &args);
}
