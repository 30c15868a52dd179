"""What one export answers, asked through libnbd: run by nbdsh, which knows nbd, with this name set:

uri   an export of SIZE bytes, empty at first, of a server that was told --discard unmap

Prints the name of each check before it runs; an assertion that fails ends it with its line.
"""
import errno

SIZE = 8 << 20
KIB = 1 << 10
MIB = 1 << 20


def connect(structured=True, allocation=True):
    h = nbd.NBD()
    h.set_uri_allow_local_file(True)
    h.set_request_structured_replies(structured)
    if allocation:
        h.add_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
    h.connect_uri(uri)
    return h


def pattern(seed, length):
    """Bytes that differ from those of another seed, and within each page."""
    return bytes((seed * 7 + i + (i >> 8)) & 0xff for i in range(251)) * (length // 251 + 1)


def filled(seed, length):
    return pattern(seed, length)[:length]


def clear(h):
    h.trim(SIZE, 0)
    h.zero(SIZE, 0)


def islands(h):
    """Data in the first 64 KiB and from 192 to 256 KiB, holes elsewhere; returns the first 256 KiB."""
    clear(h)
    one, other = filled(1, 64 * KIB), filled(2, 64 * KIB)
    h.pwrite(one, 0)
    h.pwrite(other, 192 * KIB)
    return one + bytes(128 * KIB) + other


def refused(expected, call, *arguments, **flags):
    try:
        call(*arguments, **flags)
    except nbd.Error as e:
        assert e.errnum == expected, "%s, not %s: %s" % (e.errno, errno.errorcode[expected], e)
        return
    raise AssertionError("not refused")


def extents(h, length, offset, flags=0):
    """The export's extents as (length, flags), with the neighbours of one kind put together."""
    found = []

    def extent(context, start, entries, error):
        assert context == nbd.CONTEXT_BASE_ALLOCATION and start == offset
        found.extend(zip(entries[::2], entries[1::2]))

    h.block_status(length, offset, extent, flags)
    return found


def check_flags():
    h = connect()
    assert h.get_size() == SIZE
    assert h.get_structured_replies_negotiated()
    assert h.can_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
    for ability in ("cache", "df", "fast_zero", "flush", "fua", "multi_conn", "trim", "zero"):
        assert getattr(h, "can_" + ability)(), ability
    assert not h.is_read_only() and not h.is_rotational()
    assert h.get_block_size(nbd.SIZE_MINIMUM) == 1
    assert h.get_block_size(nbd.SIZE_MAXIMUM) >= 32 * MIB


def check_unaligned():
    h = connect()
    clear(h)
    data = filled(3, 100_001)
    h.pwrite(data, 12_345)
    assert h.pread(len(data) + 2, 12_344) == b"\0" + data + b"\0"
    h.pwrite(b"\xff", SIZE - 1)
    assert h.pread(1, SIZE - 1) == b"\xff"


def chunks(h, length, offset, flags=0):
    """A structured read: the bytes, put together by the callback, and the kinds of chunks."""
    got, kinds = bytearray(b"\xee" * length), []

    def chunk(data, at, kind, error):
        kinds.append(kind)
        assert got[at - offset:at - offset + len(data)] == b"\xee" * len(data), "some bytes came twice"
        got[at - offset:at - offset + len(data)] = data

    whole = h.pread_structured(length, offset, chunk, flags)
    assert whole == got
    return bytes(whole), kinds


def check_structured_read_of_holes():
    h = connect()
    expected = islands(h)
    got, kinds = chunks(h, len(expected), 0)
    assert got == expected
    assert nbd.READ_HOLE in kinds and nbd.READ_DATA in kinds, kinds


def check_df():
    h = connect()
    expected = islands(h)
    assert chunks(h, len(expected), 0, nbd.CMD_FLAG_DF) == (expected, [nbd.READ_DATA])


def check_simple_replies():
    expected = islands(connect())
    h = connect(structured=False, allocation=False)
    assert not h.get_structured_replies_negotiated() and not h.can_df()
    assert h.pread(len(expected), 0) == expected
    refused(errno.EINVAL, lenient(h).pread, 512, SIZE)
    assert h.pread(len(expected), 0) == expected


def check_block_status():
    h = connect()
    islands(h)
    hole = nbd.STATE_HOLE | nbd.STATE_ZERO
    found = extents(h, 256 * KIB, 0)
    assert found[:2] == [(64 * KIB, 0), (128 * KIB, hole)], found
    assert found[2] == (64 * KIB, 0), found
    assert extents(h, 256 * KIB, 0, nbd.CMD_FLAG_REQ_ONE) == [(64 * KIB, 0)]
    assert extents(h, 4 * KIB, 100 * KIB, nbd.CMD_FLAG_REQ_ONE) == [(4 * KIB, hole)]
    assert extents(h, 1, SIZE - 1) == [(1, hole)]


def check_fua():
    h = connect()
    data = filled(4, 64 * KIB)
    h.pwrite(data, MIB, nbd.CMD_FLAG_FUA)
    h.zero(4 * KIB, MIB, nbd.CMD_FLAG_FUA)
    h.trim(4 * KIB, MIB + 8 * KIB, nbd.CMD_FLAG_FUA)
    assert h.pread(8 * KIB, MIB) == bytes(4 * KIB) + data[4 * KIB:8 * KIB]


def check_zero():
    h = connect()
    h.pwrite(filled(5, MIB), 0)
    h.zero(64 * KIB, 0, nbd.CMD_FLAG_NO_HOLE)
    assert h.pread(64 * KIB + 1, 0) == bytes(64 * KIB) + filled(5, MIB)[64 * KIB:64 * KIB + 1]
    h.zero(64 * KIB, 128 * KIB)
    assert h.pread(64 * KIB, 128 * KIB) == bytes(64 * KIB)
    assert extents(h, 64 * KIB, 128 * KIB, nbd.CMD_FLAG_REQ_ONE)[0][1] & nbd.STATE_HOLE
    h.zero(3, 256 * KIB + 1)
    assert h.pread(5, 256 * KIB) == filled(5, MIB)[256 * KIB:256 * KIB + 1] + bytes(3) \
        + filled(5, MIB)[256 * KIB + 4:256 * KIB + 5]


def check_fast_zero():
    h = connect()
    before = filled(6, 64 * KIB)
    h.pwrite(before, 0)
    try:
        h.zero(64 * KIB, 0, nbd.CMD_FLAG_FAST_ZERO)
        assert h.pread(64 * KIB, 0) == bytes(64 * KIB)
    except nbd.Error as e:
        assert e.errnum == errno.ENOTSUP, e
        assert h.pread(64 * KIB, 0) == before


def check_trim():
    h = connect()
    h.pwrite(filled(7, MIB), 0)
    h.trim(512 * KIB, 256 * KIB)
    assert extents(h, 512 * KIB, 256 * KIB, nbd.CMD_FLAG_REQ_ONE)[0][1] & nbd.STATE_HOLE
    assert h.pread(256 * KIB, 0) == filled(7, MIB)[:256 * KIB]
    assert h.pread(256 * KIB, 768 * KIB) == filled(7, MIB)[768 * KIB:]


def check_cache():
    h = connect()
    expected = islands(h)
    h.cache(len(expected), 0)
    assert h.pread(len(expected), 0) == expected


def complete(h, cookies):
    """Polls until all are done; each may come at any time."""
    left = set(cookies)
    while left:
        h.poll(-1)
        left -= {each for each in left if h.aio_command_completed(each)}
    assert h.aio_in_flight() == 0


def check_pipeline_in_any_order():
    """64 requests in flight, long and short ones, completed in whatever order the server likes."""
    h = connect()
    clear(h)
    pieces = [(i * 96 * KIB, (1 + i % 7) * 13 * KIB + i) for i in range(64)]
    data = [nbd.Buffer.from_bytearray(bytearray(filled(i, length))) for i, (_, length) in enumerate(pieces)]
    complete(h, [h.aio_pwrite(data[i], offset) for i, (offset, _) in enumerate(pieces)])
    complete(h, [h.aio_flush()])
    order, buffers, cookies = [], [nbd.Buffer(length) for _, length in pieces], []
    for i in reversed(range(64)):
        def done(error, i=i):
            assert error.value == 0
            order.append(i)
            return 0
        cookies.append(h.aio_pread(buffers[i], pieces[i][0], completion=done))
    complete(h, cookies)
    assert sorted(order) == list(range(64))
    for i, (_, length) in enumerate(pieces):
        assert buffers[i].to_bytearray() == filled(i, length), i


def check_pipeline_of_all_kinds():
    """Commands that touch different places, in flight at once; none may get another's answer."""
    h = connect()
    clear(h)
    h.pwrite(filled(8, MIB), 2 * MIB)
    new = nbd.Buffer.from_bytearray(bytearray(filled(9, 200_000)))
    old = nbd.Buffer(MIB)
    seen = []

    def extent(context, start, entries, error):
        seen.append((start, entries[0]))

    complete(h, [h.aio_pwrite(new, 0), h.aio_pread(old, 2 * MIB), h.aio_zero(MIB, 4 * MIB),
                 h.aio_trim(MIB, 5 * MIB), h.aio_cache(MIB, 2 * MIB), h.aio_flush(),
                 h.aio_block_status(64 * KIB, 2 * MIB, extent, flags=nbd.CMD_FLAG_REQ_ONE)])
    assert old.to_bytearray() == filled(8, MIB)
    assert h.pread(200_000, 0) == filled(9, 200_000)
    assert seen == [(2 * MIB, 64 * KIB)], seen


def check_flush_covers_other_connections():
    """The promise of multi-conn: a flush on one connection covers what another's writes were answered."""
    handles = [connect() for _ in range(4)]
    assert all(each.can_multi_conn() for each in handles)
    clear(handles[0])
    for round in range(8):
        writer, flusher, reader = (handles[(round + i) % 4] for i in range(3))
        data = filled(10 + round, 128 * KIB)
        writer.pwrite(data, round * 128 * KIB)
        flusher.flush()
        assert reader.pread(len(data), round * 128 * KIB) == data
    for each in handles:
        each.shutdown()
    again = connect()
    for round in range(8):
        assert again.pread(128 * KIB, round * 128 * KIB) == filled(10 + round, 128 * KIB)


def lenient(h):
    h.set_strict_mode(0)  # Or libnbd refuses by itself, and nothing is sent.
    return h


def check_errors_leave_the_connection_alive():
    h = lenient(connect())
    h.pwrite(filled(11, 512), 0)
    refused(errno.EINVAL, h.pread, 512, SIZE)
    refused(errno.EINVAL, h.pread, 2, SIZE - 1)
    refused(errno.EINVAL, h.pread, 512, 1 << 62)
    refused(errno.ENOSPC, h.pwrite, bytes(512), SIZE - 511)
    refused(errno.ENOSPC, h.zero, 512, SIZE)
    refused(errno.EINVAL, h.trim, 512, SIZE)
    refused(errno.EINVAL, h.cache, 512, SIZE)
    refused(errno.EINVAL, extents, h, 512, SIZE)
    refused(errno.EINVAL, extents, lenient(connect(allocation=False)), 512, 0)
    for unknown in (1 << 8, 1 << 14):
        refused(errno.EINVAL, h.pread, 512, 0, flags=unknown)
        refused(errno.EINVAL, h.pwrite, bytes(512), 0, flags=unknown)
        refused(errno.EINVAL, h.flush, flags=unknown)
    refused(errno.EINVAL, h.pread, 512, 0, flags=nbd.CMD_FLAG_NO_HOLE)
    assert h.pread(512, 0) == filled(11, 512)


def check_error_in_a_pipeline():
    """The one that fails is answered, and so are its neighbours."""
    h = lenient(connect())
    h.pwrite(filled(12, MIB), 0)
    good, bad = [nbd.Buffer(4 * KIB) for _ in range(32)], nbd.Buffer(4 * KIB)
    errors = []

    def failed(error):
        errors.append(error.value)
        return 1  # Retired: else aio_command_completed would raise.

    cookies = [h.aio_pread(each, i * 4 * KIB) for i, each in enumerate(good[:16])]
    h.aio_pread(bad, SIZE, completion=failed)
    cookies += [h.aio_pread(each, (16 + i) * 4 * KIB) for i, each in enumerate(good[16:])]
    complete(h, cookies)
    while not errors:
        h.poll(-1)
    assert errors == [errno.EINVAL], errors
    assert b"".join(bytes(each.to_bytearray()) for each in good) == filled(12, 128 * KIB)


def check_negotiation():
    """Options before the disk is chosen; a name that is not there leaves the connection alive."""
    h = nbd.NBD()
    h.set_uri_allow_local_file(True)
    h.set_opt_mode(True)
    h.add_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
    h.connect_uri(uri)
    mine = h.get_export_name()
    names, contexts = [], []
    assert h.opt_list(lambda name, description: names.append(name)) == len(names)
    assert mine in names, names
    h.opt_list_meta_context(contexts.append)
    assert contexts == [nbd.CONTEXT_BASE_ALLOCATION], contexts
    h.set_export_name("no such disk")
    refused(errno.ENOENT, h.opt_info)
    refused(errno.ENOENT, h.opt_go)
    h.set_export_name(mine)
    h.opt_info()
    assert h.get_size() == SIZE
    h.opt_go()
    assert len(h.pread(512, 0)) == 512


def check_abandoned_in_mid_pipeline():
    """Who hangs up with requests in flight takes nobody along."""
    h = connect()
    buffer = nbd.Buffer.from_bytearray(bytearray(filled(13, MIB)))
    for i in range(8):
        h.aio_pwrite(buffer, i * MIB)
        h.aio_pread(nbd.Buffer(MIB), i * MIB)
    del h
    other = connect()
    other.pwrite(filled(14, 512), 0)
    assert len(other.pread(512, 0)) == 512


for name, check in sorted(globals().items()):
    if name.startswith("check_"):
        print(name, flush=True)
        check()
