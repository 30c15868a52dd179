package dev.pirn.block.qcow2;

import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** How clusters are compressed ("compression_type"). Blocks its thread for as long as it computes. */
enum Compression {
    ZLIB {
        @Override
        void expand(byte[] from, byte[] cluster) throws IOException {
            var inflater = new Inflater(true); // A raw stream: no zlib header.
            try {
                inflater.setInput(from);
                int done = 0;
                while (done < cluster.length) {
                    int count = inflater.inflate(cluster, done, cluster.length - done);
                    if (count == 0) throw tooShort(done, cluster.length);
                    done += count;
                }
            } catch (DataFormatException e) {
                throw new IOException("not a deflate stream: " + e.getMessage(), e);
            } finally {
                inflater.end();
            }
        }

        @Override
        int compress(byte[] cluster, byte[] to) {
            return Deflate.compress(cluster, to);
        }
    },
    ZSTD {
        @Override
        void expand(byte[] from, byte[] cluster) throws IOException {
            Zstd.expand(from, cluster);
        }

        @Override
        int compress(byte[] cluster, byte[] to) throws IOException {
            return Zstd.compress(cluster, to);
        }
    };

    /**
     * Fills {@code cluster}; the stream may end later, and have anything behind it.
     *
     * @throws IOException if it ends before, or is none
     */
    abstract void expand(byte[] from, byte[] cluster) throws IOException;

    /**
     * Compresses all of {@code cluster}.
     *
     * @return how many bytes of {@code to} it takes; -1 if it would take more than there are
     */
    abstract int compress(byte[] cluster, byte[] to) throws IOException;

    static IOException tooShort(int done, int wanted) {
        return new IOException("expands to %d bytes, less than the cluster's %d".formatted(done, wanted));
    }

    static Compression of(Header header) {
        return header.compressionType() == 0 ? ZLIB : ZSTD;
    }
}
