/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The C ABI in a page: two packets in, the report out.
 *
 *     cargo build --release -p ikewhy-ffi
 *     cc -Iffi/include ffi/examples/verdict.c target/release/libikewhy_ffi.so -Wl,-rpath,target/release -o verdict
 *
 * The packets are an IKE_SA_INIT request and its refusal (NO_PROPOSAL_CHOSEN), as IPv4 datagrams without a link layer.
 */
#include <stdio.h>
#include <string.h>

#include "ikewhy.h"

enum { LINKTYPE_RAW = 101, IP_AND_UDP = 28, IKE_HEADER = 28, NOTIFY = 8 };

/* Writes a datagram from or to the responder; returns its length. */
static uint32_t datagram(uint8_t *to, int from_responder, const uint8_t *payload, size_t length)
{
    static const uint8_t initiator[4] = {192, 0, 2, 10}, responder[4] = {198, 51, 100, 20};
    size_t ike = IKE_HEADER + length, whole = IP_AND_UDP + ike;

    memset(to, 0, whole);
    to[0] = 0x45;                                    /* IPv4, a header of 20 bytes */
    to[2] = (uint8_t)(whole >> 8), to[3] = (uint8_t)whole;
    to[8] = 64, to[9] = 17;                          /* UDP */
    memcpy(to + 12, from_responder ? responder : initiator, 4);
    memcpy(to + 16, from_responder ? initiator : responder, 4);
    to[20] = to[22] = 500 >> 8, to[21] = to[23] = 500 & 0xFF;
    to[25] = (uint8_t)(8 + ike);
    memset(to + 28, 0x11, 8);                        /* the initiator's SPI */
    to[44] = from_responder ? 41 : 0;                /* first payload: Notify, or none */
    to[45] = 0x20, to[46] = 34;                      /* version 2, IKE_SA_INIT */
    to[47] = from_responder ? 0x20 : 0x08;           /* response, or from the initiator */
    to[55] = (uint8_t)ike;
    if (length)
        memcpy(to + 56, payload, length);
    return (uint32_t)whole;
}

int main(void)
{
    static const uint8_t refusal[NOTIFY] = {0, 0, 0, NOTIFY, 0, 0, 0, 14};
    static uint8_t data[2][IP_AND_UDP + IKE_HEADER + NOTIFY];
    IkewhyPacket packets[2];
    IkewhySession *session = NULL;
    IkewhyText report = {NULL, 0};
    IkewhyStatus status;

    memset(packets, 0, sizeof packets);
    for (uint32_t i = 0; i < 2; i++) {
        packets[i].size = sizeof packets[i];
        packets[i].frame = i + 1;
        packets[i].time = i * INT64_C(20000000);     /* nanoseconds */
        packets[i].link_type = LINKTYPE_RAW;
        packets[i].data = data[i];
        packets[i].length = packets[i].original_length = datagram(data[i], i == 1, refusal, i == 1 ? NOTIFY : 0);
        packets[i].ip_offset = IKEWHY_NO_OFFSET;
    }

    status = ikewhy_analyze(packets, 2, NULL, &session);
    if (status == IKEWHY_STATUS_OK)
        status = ikewhy_session_report(session, &report);
    if (status == IKEWHY_STATUS_OK)
        fwrite(report.data, 1, report.length, stdout);
    else
        fprintf(stderr, "%s\n", ikewhy_status_text(status));
    ikewhy_session_free(session);
    return status != IKEWHY_STATUS_OK;
}
