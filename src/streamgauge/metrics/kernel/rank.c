/* The hashes that decide which events are drawn. */
#include "kernel.h"

/* CRC-32 as in zlib (polynomial 0xEDB88320), eight bytes at a time. */
static uint32_t crc_table[8][256];

void
fill_crc_table(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        crc_table[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int slice = 1; slice < 8; slice++) {
            uint32_t before = crc_table[slice - 1][byte];
            crc_table[slice][byte] = before >> 8 ^ crc_table[0][before & 0xFF];
        }
}

static uint32_t
crc_of(const unsigned char *text, Py_ssize_t length)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (; length >= 8; text += 8, length -= 8) {
        crc ^= (uint32_t)text[0] | (uint32_t)text[1] << 8 | (uint32_t)text[2] << 16
               | (uint32_t)text[3] << 24;
        crc = crc_table[7][crc & 0xFF] ^ crc_table[6][crc >> 8 & 0xFF]
              ^ crc_table[5][crc >> 16 & 0xFF] ^ crc_table[4][crc >> 24]
              ^ crc_table[3][text[4]] ^ crc_table[2][text[5]] ^ crc_table[1][text[6]]
              ^ crc_table[0][text[7]];
    }
    for (; length > 0; text++, length--)
        crc = crc >> 8 ^ crc_table[0][(crc ^ *text) & 0xFF];
    return ~crc;
}

PyObject *
ranks(PyObject *module, PyObject *arguments)
{
    PyObject *events, *member, *out;
    if (!PyArg_ParseTuple(arguments, "O!OO", &PyList_Type, &events, &member, &out))
        return NULL;
    Py_ssize_t slot = slot_of(member), count = PyList_GET_SIZE(events);
    Line line;
    if (slot < 0 || line_of(out, "lq", 8, 1, &line) < 0)
        return NULL;
    PyObject *answer = fits(count, line.length);
    for (Py_ssize_t at = 0; answer != NULL && at < count; at++) {
        PyObject *text = field_of(PyList_GET_ITEM(events, at), member, slot);
        Py_ssize_t length;
        const char *bytes = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &length);
        if (bytes == NULL)
            answer = NULL;
        else
            ((int64_t *)line.at)[at] = crc_of((const unsigned char *)bytes, length);
    }
    PyBuffer_Release(&line.view);
    return Py_XNewRef(answer);
}
