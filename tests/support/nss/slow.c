// SPDX-License-Identifier: MIT
// libnss_slow.so.2: a user database that takes 8 s to not find user 78000, as a directory server that does not answer.
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <unistd.h>

enum nss_status _nss_slow_getpwuid_r(uid_t uid, struct passwd* record, char* buffer, size_t bytes, int* error);

enum nss_status _nss_slow_getpwuid_r(uid_t uid, struct passwd* record, char* buffer, size_t bytes, int* error) {
    (void)record;
    (void)buffer;
    (void)bytes;
    if (uid == 78000) {
        sleep(8);
    }
    *error = ENOENT;
    return NSS_STATUS_NOTFOUND;
}
