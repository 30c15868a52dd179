import dev.pirn.aio.*;
import dev.pirn.CoroutineFn;
import java.net.*;
import java.nio.ByteBuffer;

/** A server and its client: two coroutines of one loop, in one thread, that read as if they blocked. */
public class Echo {
    public static void main(String[] arguments) throws Exception {
        try (var loop = EventLoop.open("main")) {
            loop.start("server", () -> {
                try (var listener = CoServerSocket.bind(new InetSocketAddress("127.0.0.1", 0))) {
                    loop.start("client", () -> client(listener.localAddress()));
                    try (var socket = listener.accept()) {               // suspends: the client runs
                        var buffer = ByteBuffer.allocate(1024);
                        while (socket.read(buffer.clear()) >= 0) socket.write(buffer.flip());
                    }
                }
                loop.stop();
            });
            loop.run();                                                  // here, in this thread
        }
    }

    @CoroutineFn
    static void client(SocketAddress server) throws Exception {
        try (var socket = CoSocket.connect(server)) {
            var message = ByteBuffer.wrap("across the loom and back".getBytes());
            socket.write(message);
            socket.readFully(message.clear());
            System.out.println("echo: " + new String(message.array()));
        }
    }
}
