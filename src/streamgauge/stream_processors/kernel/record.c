/* Reads the records of a batch of format 2. */
#include "reader.h"

/* A number in zigzag, seven bits a byte, the lowest first. */
static inline int
read_number(const uint8_t **at, const uint8_t *end, int64_t *number)
{
    uint64_t bits = 0;
    for (int shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        bits |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *number = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
            return 0;
        }
    }
    return -1;
}

/* A number and that many bytes; NULL for -1 of them. */
static inline int
read_bytes(const uint8_t **at, const uint8_t *end, const uint8_t **bytes, Py_ssize_t *size)
{
    int64_t length;
    if (read_number(at, end, &length) < 0 || length < -1 || length > end - *at)
        return -1;
    *bytes = length < 0 ? NULL : *at;
    *size = (Py_ssize_t)length;
    *at += length < 0 ? 0 : length;
    return 0;
}

int
read_record(const uint8_t **at, const uint8_t *end, Record *record)
{
    int64_t length, delta, headers;
    const uint8_t *passed;
    Py_ssize_t size;
    if (read_number(at, end, &length) < 0 || length < 1 || length > end - *at)
        return -1;
    end = *at + length;
    if (*(*at)++ != 0) /* attributes, of which there are none yet */
        return -1;
    if (read_number(at, end, &record->stamp_delta) < 0 || read_number(at, end, &delta) < 0)
        return -1;
    if (delta < 0 || delta > INT32_MAX)
        return -1;
    record->offset_delta = (int32_t)delta;
    if (read_bytes(at, end, &record->key, &record->key_size) < 0)
        return -1;
    if (read_bytes(at, end, &record->value, &record->value_size) < 0)
        return -1;
    if (read_number(at, end, &headers) < 0 || headers < 0)
        return -1;
    while (headers--) {
        if (read_bytes(at, end, &passed, &size) < 0 || passed == NULL)
            return -1;
        if (read_bytes(at, end, &passed, &size) < 0)
            return -1;
    }
    return *at == end ? 0 : -1;
}

int
are_records(const uint8_t *at, const uint8_t *end, const Header *header)
{
    int64_t before = -1;
    Record record;
    for (int32_t left = header->count; left > 0; left--) {
        if (read_record(&at, end, &record) < 0)
            return 0;
        if (record.offset_delta <= before || record.offset_delta > header->last_delta)
            return 0;
        before = record.offset_delta;
    }
    return at == end;
}

int
read_header(const uint8_t *at, Header *header)
{
    header->base = (int64_t)big(at, 8);
    header->attributes = (int)big(at + 21, 2);
    header->last_delta = (int32_t)big(at + 23, 4);
    header->first_stamp = (int64_t)big(at + 27, 8);
    header->last_stamp = (int64_t)big(at + 35, 8);
    header->count = (int32_t)big(at + 57, 4);
    if (header->base < 0 || header->base > INT64_MAX - INT32_MAX - 1)
        return -1;
    header->next = header->base + header->last_delta + 1;
    return header->last_delta < 0 || header->count < 0 ? -1 : 0;
}
