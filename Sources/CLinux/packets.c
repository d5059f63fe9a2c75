// Sockets between the monitor of a container and those who look on.
#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int packets_at(const char *path, int (*join)(int, const struct sockaddr *, socklen_t)) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int number = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (number < 0) return -1;
    if (join(number, (const struct sockaddr *)&address, sizeof address) == 0) return number;
    int reason = errno;
    close(number);
    errno = reason;
    return -1;
}

int clx_listen_packets(const char *path) {
    int number = packets_at(path, bind);
    if (number >= 0 && listen(number, 64) != 0) {
        close(number);
        return -1;
    }
    return number;
}

int clx_connect_packets(const char *path) { return packets_at(path, connect); }

int clx_accept_packets(int listener) {
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int clx_packet_pair(int ends[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
}

ssize_t clx_send_packet(int socket, const void *bytes, size_t size) {
    return send(socket, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}
