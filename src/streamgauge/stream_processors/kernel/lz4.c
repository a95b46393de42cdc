/* Inflates LZ4 frames (format 1.6.x) as producers write them; what is unusual is left to a library.
 *
 * A library releases the interpreter's lock for each batch, and has to wait for it afterwards: of
 * three events in a batch, nearly all time went there.
 */
#include "reader.h"

enum { MAGIC = 0x184D2204, VERSION = 0xC0, INDEPENDENT = 32, BLOCK_SUMS = 16, SIZED = 8 };
enum { SUMMED = 4, RESERVED = 2, DICTIONARY = 1, SHORTEST = 4, ESCAPE = 15, SLACK = 32 };

static inline uint32_t
little(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint32_t
turn(uint32_t bits, int by)
{
    return bits << by | bits >> (32 - by);
}

/* XXH32 with seed 0, as the xxHash specification 0.1.1 has it, which seals frames. */
static uint32_t
xxh32(const uint8_t *at, size_t size)
{
    const uint32_t p1 = 2654435761u, p2 = 2246822519u, p3 = 3266489917u;
    const uint32_t p4 = 668265263u, p5 = 374761393u;
    const uint8_t *end = at + size;
    uint32_t sum = p5;
    if (size >= 16) {
        uint32_t lane[4] = {p1 + p2, p2, 0, 0 - p1};
        for (; end - at >= 16; at += 16)
            for (int place = 0; place < 4; place++)
                lane[place] = turn(lane[place] + little(at + 4 * place) * p2, 13) * p1;
        sum = turn(lane[0], 1) + turn(lane[1], 7) + turn(lane[2], 12) + turn(lane[3], 18);
    }
    sum += (uint32_t)size;
    for (; end - at >= 4; at += 4)
        sum = turn(sum + little(at) * p3, 17) * p4;
    for (; at < end; at++)
        sum = turn(sum + *at * p5, 11) * p1;
    sum = (sum ^ sum >> 15) * p2;
    sum = (sum ^ sum >> 13) * p3;
    return sum ^ sum >> 16;
}

/* A length that does not fit into four bits goes on in bytes, of which the last is not 255. */
static inline int
lengthen(const uint8_t **from, const uint8_t *end, size_t *length)
{
    uint8_t more;
    do {
        if (*from == end)
            return -1;
        more = *(*from)++;
        *length += more;
    } while (more == 255);
    return 0;
}

/* Repeat what stands `back` bytes before `to`. Up to 16 bytes more may be written. */
static inline void
repeat(uint8_t *to, size_t back, size_t length)
{
    const uint8_t *from = to - back;
    uint8_t *end = to + length;
    if (back >= 16)
        do {
            memcpy(to, from, 16);
            to += 16, from += 16;
        } while (to < end);
    else if (back >= 8)
        do {
            memcpy(to, from, 8);
            to += 8, from += 8;
        } while (to < end);
    else
        while (to < end)
            *to++ = *from++;
}

/* Inflate a block to `*to`, where nothing may be written beyond `limit` but SLACK bytes. */
static int
inflate_block(
    const uint8_t *from, const uint8_t *end, const uint8_t *window, uint8_t **to, uint8_t *limit)
{
    uint8_t *out = *to;
    while (from < end) {
        unsigned token = *from++;
        size_t literals = token >> 4, match = token & ESCAPE;
        if (literals == ESCAPE && lengthen(&from, end, &literals) < 0)
            return -1;
        if (literals > (size_t)(end - from) || literals > (size_t)(limit - out))
            return -1;
        if (literals <= 16 && end - from >= 16)
            memcpy(out, from, 16);
        else
            memcpy(out, from, literals);
        out += literals, from += literals;
        if (from == end) {
            *to = out;
            return 0;
        }
        if (end - from < 2)
            return -1;
        size_t back = from[0] | (size_t)from[1] << 8;
        from += 2;
        if (match == ESCAPE && lengthen(&from, end, &match) < 0)
            return -1;
        match += SHORTEST;
        if (!back || back > (size_t)(out - window) || match > (size_t)(limit - out))
            return -1;
        repeat(out, back, match);
        out += match;
    }
    return -1; /* a block ends with literals */
}

static int
widen(Space *space, size_t wanted)
{
    if (wanted <= space->room)
        return 0;
    uint8_t *wider = PyMem_Realloc(space->at, wanted);
    if (wider == NULL)
        return -1;
    space->at = wider;
    space->room = wanted;
    return 0;
}

int
inflate_lz4(const uint8_t *bytes, size_t size, size_t most, Space *space)
{
    const uint8_t *at = bytes, *end = bytes + size;
    space->size = 0;
    if (size < 7 || little(at) != MAGIC)
        return -1;
    unsigned flags = at[4], largest = at[5] >> 4;
    if ((flags & VERSION) != 0x40 || flags & (RESERVED | DICTIONARY))
        return -1;
    size_t block = (size_t)1 << (8 + 2 * largest), before = flags & SIZED ? 15 : 7;
    if (largest < 4 || at[5] & 0x8F || size < before)
        return -1;
    if (at[before - 1] != (uint8_t)(xxh32(at + 4, before - 5) >> 8))
        return -1;
    at += before;
    for (;;) {
        if (end - at < 4)
            return -1;
        uint32_t told = little(at);
        size_t packed = told & 0x7FFFFFFF;
        at += 4;
        if (told == 0)
            break;
        size_t rest = flags & BLOCK_SUMS ? 4 : 0;
        if (packed > block || packed + rest > (size_t)(end - at))
            return -1;
        if (rest && little(at + packed) != xxh32(at, packed))
            return -1;
        size_t here = most - space->size < block ? most - space->size : block;
        /* No byte of a block becomes more than 255. */
        if (packed * 255 < here)
            here = packed * 255;
        if (widen(space, space->size + here + SLACK) < 0)
            return -1;
        uint8_t *out = space->at + space->size, *limit = out + here;
        if (told >> 31) {
            if (packed > here)
                return -1;
            memcpy(out, at, packed);
            out += packed;
        } else {
            const uint8_t *window = flags & INDEPENDENT ? out : space->at;
            if (inflate_block(at, at + packed, window, &out, limit) < 0)
                return -1;
        }
        space->size = (size_t)(out - space->at);
        at += packed + rest;
    }
    if (!(flags & SUMMED))
        return at == end ? 0 : -1;
    return end - at == 4 && little(at) == xxh32(space->at, space->size) ? 0 : -1;
}
