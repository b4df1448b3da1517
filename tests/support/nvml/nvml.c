// SPDX-License-Identifier: MIT
// libnvidia-ml.so.1: one GPU and one process on it, process 1. It uses the system as NVIDIA's library does: device
// files, a thread, sockets, and a program that may fail to start. Its values show the filter under which it was asked:
// the GPU is busy for 40 % and the number of the filter's mode, 2 with the program's filter of system calls.
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct utilization {
    unsigned gpu_pct, memory_pct;
};
struct memory {
    unsigned long long total_bytes, free_bytes, used_bytes;
};
struct process {
    unsigned pid;
    unsigned long long used_bytes;
    unsigned gpu_instance, compute_instance;
};
struct sample {
    unsigned pid;
    unsigned long long time_us;
    unsigned sm_pct, memory_pct, encoder_pct, decoder_pct;
};

enum { kFailed = 999, kNotFound = 6, kBusy = 40 };

static int device;
static void* page;

static void* answer(void* socket) {
    return write(*(int*)socket, "1", 1) == 1 ? socket : NULL;
}

// As nvidia-modprobe: it makes device files, and its failure is not one of the library.
static void run_helper(void) {
    char name[] = "true";
    char* arguments[] = {name, NULL};
    char* environment[] = {NULL};
    pid_t child = 0;
    if (posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environment) == 0) {
        waitpid(child, NULL, 0);
    }
}

int nvmlInit_v2(void) {
    int sockets[2];
    char got = 0;
    pthread_t thread;
    const int file = open("/dev/zero", O_RDWR | O_CLOEXEC);
    run_helper();
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    close(file);
    if (page == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        return kFailed;
    }
    const int created = pthread_create(&thread, NULL, answer, &sockets[0]) == 0;
    const int answered = created && read(sockets[1], &got, 1) == 1;
    if (created) {
        pthread_join(thread, NULL);
    }
    close(sockets[0]);
    close(sockets[1]);
    return answered ? 0 : kFailed;
}

int nvmlShutdown(void) {
    return munmap(page, 4096) == 0 ? 0 : kFailed;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = 1;
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** out) {
    *out = &device;
    return index == 0 ? 0 : kNotFound;
}

int nvmlDeviceGetUtilizationRates(void* handle, struct utilization* out) {
    const int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    out->gpu_pct = kBusy + (mode > 0 ? (unsigned)mode : 0);
    out->memory_pct = 5;
    return handle == &device ? 0 : kFailed;
}

int nvmlDeviceGetMemoryInfo(void* handle, struct memory* out) {
    out->total_bytes = 8ULL << 30;
    out->used_bytes = 3ULL << 30;
    out->free_bytes = 5ULL << 30;
    return handle == &device ? 0 : kFailed;
}

int nvmlDeviceGetClockInfo(void* handle, int type, unsigned* mhz) {
    *mhz = 1500;
    return handle == &device && type == 0 ? 0 : kFailed;
}

int nvmlDeviceGetTemperature(void* handle, int sensor, unsigned* celsius) {
    *celsius = 61;
    return handle == &device && sensor == 0 ? 0 : kFailed;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void* handle, unsigned* count, struct process* out) {
    memset(out, 0, sizeof(*out));
    out->pid = 1;
    out->used_bytes = 1ULL << 30;
    *count = 1;
    return handle == &device ? 0 : kFailed;
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(void* handle, unsigned* count, struct process* out) {
    (void)out;
    *count = 0;
    return handle == &device ? 0 : kFailed;
}

int nvmlDeviceGetProcessUtilization(void* handle, struct sample* out, unsigned* count, unsigned long long after_us) {
    const int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    memset(out, 0, sizeof(*out));
    out->pid = 1;
    out->time_us = after_us + 1;
    out->sm_pct = kBusy + (mode > 0 ? (unsigned)mode : 0);
    *count = 1;
    return handle == &device ? 0 : kFailed;
}
