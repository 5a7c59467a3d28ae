/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A host in C: reads a pcap file of this machine's byte order, pushes its packets one by one and draws each, then
 * analyses them again all at once. Prints items, report and JSON; fails if the two ways differ. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ikewhy.h"

static void check(IkewhyStatus status, const char *what)
{
    if (status != IKEWHY_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", what, ikewhy_status_text(status));
        exit(1);
    }
}

static void print(IkewhyText text)
{
    if (text.length > 0)
        fwrite(text.data, 1, text.length, stdout);
}

/* The file's packets; their bytes follow each other in `file`. */
static size_t read_packets(uint8_t *file, size_t size, IkewhyPacket **packets)
{
    uint32_t header[6], record[4];
    size_t count = 0, at = sizeof header;

    if (size < sizeof header)
        return 0;
    memcpy(header, file, sizeof header);
    *packets = malloc(size / sizeof record * sizeof **packets);
    while (header[0] == 0xA1B2C3D4 && *packets && size - at >= sizeof record) {
        memcpy(record, file + at, sizeof record);
        at += sizeof record;
        if (record[2] > size - at)
            break;
        IkewhyPacket packet = {sizeof packet, 0, 0, 0, 0, 0, NULL, 0, 0, IKEWHY_NO_OFFSET, NULL, 0};
        packet.frame = (uint32_t)count + 1;
        packet.time = record[0] * INT64_C(1000000000) + record[1] * INT64_C(1000);
        packet.link_type = (int32_t)header[5];
        packet.data = file + at;
        packet.length = record[2];
        packet.original_length = record[3];
        (*packets)[count++] = packet;
        at += record[2];
    }
    return count;
}

static void draw(IkewhySession *session, uint32_t frame)
{
    size_t count = 0;
    check(ikewhy_session_view(session, frame, IKEWHY_PASS_AGAIN, &count), "view");
    for (size_t i = 0; i < count; i++) {
        IkewhyItem item = {sizeof item, 0, 0, 0, 0, 0, 0, {NULL, 0}, {NULL, 0}, 0, 0, 0, 0};
        IkewhyField field = {sizeof field, 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}};
        check(ikewhy_session_item(session, i, &item), "item");
        check(ikewhy_field(item.field, &field), "field");
        printf("%u\t%*s", frame, (int)item.depth * 2, "");
        print(field.abbrev);
        printf("\t%u\t%g\t%lld\t", item.number, item.real, (long long)item.duration);
        print(item.text);
        putchar('\t');
        print(item.label);
        printf("\t%u+%u\t%d\n", item.span_offset, item.span_length, item.expert);
    }
}

/* The lowest descriptor that is free: a file that was left open would take it. */
static int next_descriptor(void)
{
    int descriptor = dup(STDIN_FILENO);
    close(descriptor);
    return descriptor;
}

int main(int count, char **arguments)
{
    FILE *input = count == 2 ? fopen(arguments[1], "rb") : NULL;
    static uint8_t file[16 << 20];
    IkewhyPacket *packets = NULL;
    IkewhySession *one_by_one = NULL, *at_once = NULL;
    IkewhyText first = {NULL, 0}, second = {NULL, 0};

    if (input == NULL || ikewhy_abi_version() != IKEWHY_ABI_VERSION)
        return 2;
    size_t packet_count = read_packets(file, fread(file, 1, sizeof file, input), &packets);
    fclose(input);

    check(ikewhy_session_new(NULL, &one_by_one), "new");
    for (size_t i = 0; i < packet_count; i++) {
        bool ours = false;
        check(ikewhy_session_push(one_by_one, &packets[i], &ours), "push");
        check(ikewhy_session_push(one_by_one, &packets[i], NULL), "push again");
    }
    for (size_t i = 0; i < packet_count; i++)
        draw(one_by_one, packets[i].frame);

    check(ikewhy_analyze(packets, packet_count, NULL, &at_once), "analyze");
    check(ikewhy_session_report(one_by_one, &first), "report");
    check(ikewhy_session_report(at_once, &second), "report");
    if (first.length != second.length || (first.length > 0 && memcmp(first.data, second.data, first.length) != 0))
        return 3;
    print(first);
    check(ikewhy_session_json(one_by_one, &first), "json");
    print(first);
    IkewhyWanted wanted = {.size = sizeof wanted, .form = IKEWHY_FORM_HTML, .stream = IKEWHY_ALL_STREAMS};
    check(ikewhy_session_write_begin(one_by_one, &wanted), "begin");
    do {
        check(ikewhy_session_write_next(one_by_one, &first), "next");
        print(first);
    } while (first.data);

    /* Reports are drawn again and again; one is given up. Peers' files are read and closed. */
    int free_before = next_descriptor();
    for (int again = 0; again < 8; again++) {
        check(ikewhy_session_peer_files(one_by_one, (IkewhyText){arguments[1], strlen(arguments[1])}), "peer files");
        check(ikewhy_session_write(one_by_one, &wanted, &first), "write");
        check(ikewhy_session_write_begin(one_by_one, &wanted), "begin");
        check(ikewhy_session_write_next(one_by_one, &first), "next");
    }
    if (next_descriptor() != free_before)
        return 5;

    /* A host that errs is told so. */
    if (ikewhy_session_push(NULL, &packets[0], NULL) != IKEWHY_STATUS_BAD_POINTER ||
        ikewhy_session_report(one_by_one, NULL) != IKEWHY_STATUS_BAD_POINTER ||
        ikewhy_session_view(one_by_one, 1, 9, &packet_count) != IKEWHY_STATUS_BAD_VALUE)
        return 4;

    ikewhy_session_free(one_by_one);
    ikewhy_session_free(at_once);
    free(packets);
    return 0;
}
