/* Preloaded into User-mode Linux, whose 6.1 keeps 832 bytes of a process's vector registers (x87, SSE, AVX). A host whose
 * processor has more of them (AVX-512, AMX) takes them back only whole and answers EFAULT, and the guest's first
 * process dies. What the kernel's buffer has no room for is kept here, by that buffer's address.
 *
 * Linux arch/x86/kernel/fpu/regset.c (xstateregs_set), arch/x86/um/os-Linux/registers.c (restore_fp_registers). */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

enum { WHOLE = 16384, PLACES = 4096, HEADER = 512 };

static struct { void *buffer; size_t length; unsigned char state[WHOLE]; } places[PLACES];
static long (*real)(int, int, void *, void *);

/* The place of a buffer: its own, a free one, or another's. */
static unsigned place(void *buffer)
{
    unsigned at = ((unsigned long)buffer >> 6) * 2654435761u % PLACES;
    for (unsigned tried = 0; tried < 8; tried++, at = (at + 1) % PLACES)
        if (places[at].buffer == buffer || !places[at].buffer)
            return at;
    return at;
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list rest;
    va_start(rest, request);
    int pid = va_arg(rest, int);
    void *address = va_arg(rest, void *), *data = va_arg(rest, void *);
    va_end(rest);
    if (!real)
        real = (long (*)(int, int, void *, void *))dlsym(RTLD_NEXT, "ptrace");
    if ((request != PTRACE_GETREGSET && request != PTRACE_SETREGSET) || (long)address != NT_X86_XSTATE)
        return real(request, pid, address, data);

    struct iovec *given = data;
    unsigned at = place(given->iov_base);
    struct iovec whole = { places[at].state, WHOLE };
    long result;
    if (request == PTRACE_GETREGSET) {
        result = real(request, pid, address, &whole);
        if (result)
            return result;
        places[at].buffer = given->iov_base;
        places[at].length = whole.iov_len;
        if (given->iov_len > whole.iov_len)
            given->iov_len = whole.iov_len;
        memcpy(given->iov_base, places[at].state, given->iov_len);
        return result;
    }
    if (places[at].buffer != given->iov_base || !places[at].length) {
        /* a copy of another process's buffer: nothing is known of the rest, which begins as it does in a new process */
        unsigned long parts = 7;
        result = real(PTRACE_GETREGSET, pid, address, &whole);
        if (result)
            return result;
        places[at].buffer = given->iov_base;
        places[at].length = whole.iov_len;
        memcpy(places[at].state + HEADER, &parts, sizeof parts);
        memcpy(places[at].state, given->iov_base, given->iov_len < HEADER ? given->iov_len : HEADER);
    }
    unsigned long before, wanted = 7;
    memcpy(&before, places[at].state + HEADER, sizeof before);
    memcpy(places[at].state, given->iov_base, given->iov_len);
    if (given->iov_len >= HEADER + sizeof wanted)
        memcpy(&wanted, places[at].state + HEADER, sizeof wanted);
    wanted = (wanted & 7) | (before & ~7ul);
    memcpy(places[at].state + HEADER, &wanted, sizeof wanted);
    whole.iov_len = places[at].length;
    return real(request, pid, address, &whole);
}
