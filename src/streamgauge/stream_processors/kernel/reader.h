/* What the files of the reader share: bytes that strangers sent, read within their bounds. */
#ifndef STREAMGAUGE_READER_H
#define STREAMGAUGE_READER_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* A buffer that is kept from batch to batch; bytes beyond `size` may be written to. */
typedef struct {
    uint8_t *at;
    size_t size, room;
} Space;

/* One record; `key` or `value` is NULL where there is none. */
typedef struct {
    const uint8_t *key, *value;
    Py_ssize_t key_size, value_size;
    int64_t stamp_delta;
    int32_t offset_delta;
} Record;

/* The header of a batch of format 2. */
typedef struct {
    int64_t base, next, first_stamp, last_stamp;
    int32_t last_delta, count;
    int attributes;
} Header;

enum { CODEC = 7, PLAIN = 0, LZ4 = 3, BY_BROKER = 8, TRANSACTIONAL = 16, CONTROL = 32 };
enum { HEADER = 61 };

static inline uint64_t
big(const uint8_t *at, int bytes)
{
    uint64_t value = 0;
    for (int place = 0; place < bytes; place++)
        value = value << 8 | at[place];
    return value;
}

void fill_crc32c(void);
uint32_t crc32c(const uint8_t *bytes, size_t size);

/* Inflate a whole LZ4 frame into `space`; -1 for any other, and for more than `most` bytes. */
int inflate_lz4(const uint8_t *bytes, size_t size, size_t most, Space *space);

/* Read the HEADER bytes of a batch of format 2; -1 where they tell what cannot be. */
int read_header(const uint8_t *at, Header *header);

/* Read the record at `*at`, and move there behind it; -1 where there is none in one piece. */
int read_record(const uint8_t **at, const uint8_t *end, Record *record);

/* Whether these bytes are the records that a header tells of, in order, and nothing else. */
int are_records(const uint8_t *at, const uint8_t *end, const Header *header);

extern PyTypeObject Reader;

#endif
