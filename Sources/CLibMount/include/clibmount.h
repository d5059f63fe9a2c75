// The functions of libmount that read a table of mounts. The library is loaded when the first table is read: it brings
// three more libraries, and a start that can do without has no time for them.
#ifndef CLIBMOUNT_H
#define CLIBMOUNT_H

// What libmount's header declares of these (util-linux, libmount.h), so that it need not be there.
struct libmnt_table;
struct libmnt_iter;
struct libmnt_fs;
/// The direction of an iterator: from the first mount to the last.
enum { MNT_ITER_FORWARD = 0 };

/// Loads libmount.so.1, if that has not been done. NULL, or why it cannot be loaded. Any number of threads may call it.
const char *clm_load(void);

/// Where the library was found; only after clm_load() has returned NULL.
const char *clm_path(void);

// libmount's functions of the same names with "mnt_" for "clm_"; to be called only after clm_load() has returned NULL.
struct libmnt_table *clm_new_table_from_file(const char *path);
struct libmnt_iter *clm_new_iter(int direction);
int clm_table_get_nents(struct libmnt_table *table);
int clm_table_next_fs(struct libmnt_table *table, struct libmnt_iter *iterator, struct libmnt_fs **fs);
int clm_fs_get_id(struct libmnt_fs *fs);
const char *clm_fs_get_target(struct libmnt_fs *fs);
const char *clm_fs_get_source(struct libmnt_fs *fs);
const char *clm_fs_get_fstype(struct libmnt_fs *fs);
const char *clm_fs_get_fs_options(struct libmnt_fs *fs);
void clm_free_iter(struct libmnt_iter *iterator);
void clm_unref_table(struct libmnt_table *table);

#endif
