/* CRC-32C (Castagnoli), which Kafka seals a batch with: by the processor, else by tables. */
#include "reader.h"

#define POLYNOMIAL 0x82F63B78u

static uint32_t tables[8][256];

static uint32_t
by_tables(const uint8_t *bytes, size_t size)
{
    uint32_t crc = ~0u;
    for (; size >= 8; size -= 8, bytes += 8) {
        uint32_t next = 0;
        for (int place = 0; place < 4; place++) {
            next ^= tables[7 - place][(bytes[place] ^ (crc >> 8 * place)) & 255];
            next ^= tables[3 - place][bytes[4 + place]];
        }
        crc = next;
    }
    while (size--)
        crc = crc >> 8 ^ tables[0][(crc ^ *bytes++) & 255];
    return ~crc;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t
by_processor(const uint8_t *bytes, size_t size)
{
    uint64_t crc = ~0u;
    for (; size >= 8; size -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    while (size--)
        crc = _mm_crc32_u8((uint32_t)crc, *bytes++);
    return ~(uint32_t)crc;
}

static uint32_t (*fastest)(const uint8_t *, size_t) = by_tables;

static void
choose(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2"))
        fastest = by_processor;
}
#else
#define fastest by_tables
#define choose() (void)0
#endif

void
fill_crc32c(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        tables[0][byte] = crc;
    }
    for (int table = 1; table < 8; table++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t before = tables[table - 1][byte];
            tables[table][byte] = before >> 8 ^ tables[0][before & 255];
        }
    choose();
}

uint32_t
crc32c(const uint8_t *bytes, size_t size)
{
    return fastest(bytes, size);
}
