package dev.pirn.nbd;

/** Numbers of the protocol, by the names and in the order of its text. All are sent big-endian. */
final class Proto {
    static final long NBDMAGIC = 0x4e42444d41474943L;  // ASCII "NBDMAGIC"
    static final long IHAVEOPT = 0x49484156454f5054L;  // ASCII "IHAVEOPT"
    static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
    /** In the place of IHAVEOPT: the oldstyle negotiation, which has no options. */
    static final long CLISERV_MAGIC = 0x00420281861253L;
    static final int NBD_REQUEST_MAGIC = 0x25609513;
    static final int NBD_EXTENDED_REQUEST_MAGIC = 0x21e41c71;
    static final int NBD_SIMPLE_REPLY_MAGIC = 0x67446698;
    static final int NBD_STRUCTURED_REPLY_MAGIC = 0x668e33ef;
    static final int NBD_EXTENDED_REPLY_MAGIC = 0x6e8a278c;

    // Handshake flags, the server's; the client's have the same bits.
    static final int NBD_FLAG_FIXED_NEWSTYLE = 1;
    static final int NBD_FLAG_NO_ZEROES = 2;

    // Transmission flags.
    static final int NBD_FLAG_HAS_FLAGS = 1;
    static final int NBD_FLAG_READ_ONLY = 1 << 1;
    static final int NBD_FLAG_SEND_FLUSH = 1 << 2;
    static final int NBD_FLAG_SEND_FUA = 1 << 3;
    static final int NBD_FLAG_SEND_TRIM = 1 << 5;
    static final int NBD_FLAG_SEND_WRITE_ZEROES = 1 << 6;
    static final int NBD_FLAG_SEND_DF = 1 << 7;
    static final int NBD_FLAG_CAN_MULTI_CONN = 1 << 8;
    static final int NBD_FLAG_SEND_CACHE = 1 << 10;
    static final int NBD_FLAG_SEND_FAST_ZERO = 1 << 11;
    static final int NBD_FLAG_BLOCK_STATUS_PAYLOAD = 1 << 12;

    // Option types.
    static final int NBD_OPT_EXPORT_NAME = 1;
    static final int NBD_OPT_ABORT = 2;
    static final int NBD_OPT_LIST = 3;
    static final int NBD_OPT_STARTTLS = 5;
    static final int NBD_OPT_INFO = 6;
    static final int NBD_OPT_GO = 7;
    static final int NBD_OPT_STRUCTURED_REPLY = 8;
    static final int NBD_OPT_LIST_META_CONTEXT = 9;
    static final int NBD_OPT_SET_META_CONTEXT = 10;
    static final int NBD_OPT_EXTENDED_HEADERS = 11;

    // Option reply types.
    static final int NBD_REP_ACK = 1;
    static final int NBD_REP_SERVER = 2;
    static final int NBD_REP_INFO = 3;
    static final int NBD_REP_META_CONTEXT = 4;
    static final int NBD_REP_ERR_UNSUP = 0x80000001;
    static final int NBD_REP_ERR_POLICY = 0x80000002;
    static final int NBD_REP_ERR_INVALID = 0x80000003;
    static final int NBD_REP_ERR_PLATFORM = 0x80000004;
    static final int NBD_REP_ERR_TLS_REQD = 0x80000005;
    static final int NBD_REP_ERR_UNKNOWN = 0x80000006;
    static final int NBD_REP_ERR_SHUTDOWN = 0x80000007;
    static final int NBD_REP_ERR_BLOCK_SIZE_REQD = 0x80000008;
    static final int NBD_REP_ERR_TOO_BIG = 0x80000009;
    static final int NBD_REP_ERR_EXT_HEADER_REQD = 0x8000000a;

    // Information types of NBD_REP_INFO.
    static final int NBD_INFO_EXPORT = 0;
    static final int NBD_INFO_NAME = 1;
    static final int NBD_INFO_DESCRIPTION = 2;
    static final int NBD_INFO_BLOCK_SIZE = 3;

    // Request types.
    static final int NBD_CMD_READ = 0;
    static final int NBD_CMD_WRITE = 1;
    static final int NBD_CMD_DISC = 2;
    static final int NBD_CMD_FLUSH = 3;
    static final int NBD_CMD_TRIM = 4;
    static final int NBD_CMD_CACHE = 5;
    static final int NBD_CMD_WRITE_ZEROES = 6;
    static final int NBD_CMD_BLOCK_STATUS = 7;

    // Command flags.
    static final int NBD_CMD_FLAG_FUA = 1;
    static final int NBD_CMD_FLAG_NO_HOLE = 2;
    static final int NBD_CMD_FLAG_DF = 4;
    static final int NBD_CMD_FLAG_REQ_ONE = 8;
    static final int NBD_CMD_FLAG_FAST_ZERO = 16;
    static final int NBD_CMD_FLAG_PAYLOAD_LEN = 32;

    // Structured reply flags and types.
    static final int NBD_REPLY_FLAG_DONE = 1;
    static final int NBD_REPLY_TYPE_NONE = 0;
    static final int NBD_REPLY_TYPE_OFFSET_DATA = 1;
    static final int NBD_REPLY_TYPE_OFFSET_HOLE = 2;
    static final int NBD_REPLY_TYPE_BLOCK_STATUS = 5;
    static final int NBD_REPLY_TYPE_BLOCK_STATUS_EXT = 6;
    static final int NBD_REPLY_TYPE_ERROR = (1 << 15) + 1;
    static final int NBD_REPLY_TYPE_ERROR_OFFSET = (1 << 15) + 2;

    /** The bit of the types that say that something went wrong, also of those that nobody knows yet. */
    static final int NBD_REPLY_TYPE_ERROR_BIT = 1 << 15;

    // The one metadata context, the number that we give it, and its flags.
    static final String BASE_NAMESPACE = "base:";
    static final String BASE_ALLOCATION = "base:allocation";
    static final int BASE_ALLOCATION_ID = 1;
    static final int NBD_STATE_HOLE = 1;
    static final int NBD_STATE_ZERO = 2;

    // Error values.
    static final int NBD_SUCCESS = 0;
    static final int NBD_EPERM = 1;
    static final int NBD_EIO = 5;
    static final int NBD_ENOMEM = 12;
    static final int NBD_EINVAL = 22;
    static final int NBD_ENOSPC = 28;
    static final int NBD_EOVERFLOW = 75;
    static final int NBD_ENOTSUP = 95;
    static final int NBD_ESHUTDOWN = 108;

    /** Bytes that a string of the protocol may have at most. */
    static final int STRING_LENGTH_MAX = 4096;

    /** Zeroes after the answer to NBD_OPT_EXPORT_NAME, unless the client said NO_ZEROES. */
    static final int EXPORT_NAME_ZEROES = 124;

    private Proto() { }
}
