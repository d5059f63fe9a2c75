#define _GNU_SOURCE
#include "clibmount.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#define FUNCTIONS(do) \
    do(new_table_from_file) do(new_iter) do(table_get_nents) do(table_next_fs) do(fs_get_id) do(fs_get_target) \
    do(fs_get_source) do(fs_get_fstype) do(fs_get_fs_options) do(free_iter) do(unref_table)

#define DECLARE(name) static __typeof__(clm_##name) *name;
FUNCTIONS(DECLARE)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char reason[256];

static void *find(void *library, const char *name) {
    void *found = reason[0] ? NULL : dlsym(library, name);
    if (!found && !reason[0]) snprintf(reason, sizeof reason, "%s", dlerror());
    return found;
}

static void load(void) {
    void *library = dlopen("libmount.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(reason, sizeof reason, "%s", dlerror());
        return;
    }
#define FIND(name) name = find(library, "mnt_" #name);
    FUNCTIONS(FIND)
}

const char *clm_load(void) {
    pthread_once(&once, load);
    return reason[0] ? reason : NULL;
}

const char *clm_path(void) {
    Dl_info found;
    return dladdr((void *)new_table_from_file, &found) ? found.dli_fname : NULL;
}

struct libmnt_table *clm_new_table_from_file(const char *path) { return new_table_from_file(path); }
struct libmnt_iter *clm_new_iter(int direction) { return new_iter(direction); }
int clm_table_get_nents(struct libmnt_table *table) { return table_get_nents(table); }
int clm_table_next_fs(struct libmnt_table *table, struct libmnt_iter *iterator, struct libmnt_fs **fs) {
    return table_next_fs(table, iterator, fs);
}
int clm_fs_get_id(struct libmnt_fs *fs) { return fs_get_id(fs); }
const char *clm_fs_get_target(struct libmnt_fs *fs) { return fs_get_target(fs); }
const char *clm_fs_get_source(struct libmnt_fs *fs) { return fs_get_source(fs); }
const char *clm_fs_get_fstype(struct libmnt_fs *fs) { return fs_get_fstype(fs); }
const char *clm_fs_get_fs_options(struct libmnt_fs *fs) { return fs_get_fs_options(fs); }
void clm_free_iter(struct libmnt_iter *iterator) { free_iter(iterator); }
void clm_unref_table(struct libmnt_table *table) { unref_table(table); }
