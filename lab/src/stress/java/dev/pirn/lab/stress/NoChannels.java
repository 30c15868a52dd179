package dev.pirn.lab.stress;

import dev.pirn.aio.World;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;

/** A world without channels: jcstress makes a loop for each of millions of states, and selectors are dear. */
final class NoChannels extends World {
    private static final SelectorProvider NONE = new None();

    @Override
    public long nanoTime() {
        return 0;
    }

    @Override
    public SelectorProvider channels() {
        return NONE;
    }

    @Override
    public void work(Executor threads, Runnable work) {
        throw new UnsupportedOperationException("no pool in this world");
    }

    private static final class None extends SelectorProvider {
        @Override
        public AbstractSelector openSelector() {
            return new Never(this);
        }

        @Override
        public DatagramChannel openDatagramChannel() {
            throw none();
        }

        @Override
        public DatagramChannel openDatagramChannel(ProtocolFamily family) {
            throw none();
        }

        @Override
        public Pipe openPipe() {
            throw none();
        }

        @Override
        public ServerSocketChannel openServerSocketChannel() {
            throw none();
        }

        @Override
        public SocketChannel openSocketChannel() {
            throw none();
        }

        private static UnsupportedOperationException none() {
            return new UnsupportedOperationException("no channels in this world");
        }
    }

    /** Nothing is ever ready. */
    private static final class Never extends AbstractSelector {
        Never(SelectorProvider provider) {
            super(provider);
        }

        @Override
        protected void implCloseSelector() { }

        @Override
        protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attached) {
            throw new UnsupportedOperationException("no channels in this world");
        }

        @Override
        public Set<SelectionKey> keys() {
            return Set.of();
        }

        @Override
        public Set<SelectionKey> selectedKeys() {
            return HashSet.newHashSet(0);
        }

        @Override
        public int selectNow() throws IOException {
            return 0;
        }

        @Override
        public int select(long timeoutMillis) throws IOException {
            return 0;
        }

        @Override
        public int select() throws IOException {
            return 0;
        }

        @Override
        public Selector wakeup() {
            return this;
        }
    }
}
