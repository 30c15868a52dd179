import dev.pirn.CoroutineFn;
import dev.pirn.aio.CoServerSocket;
import dev.pirn.aio.CoSocket;
import dev.pirn.aio.EventLoop;
import dev.pirn.aio.Group;
import dev.pirn.aio.ShutdownReport;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An echo server and its clients, all connected at a time: 3,000 ends of connections in one thread. */
public class EchoServer {
    static final int CLIENTS = 1_500;
    static int open;   // Coroutines of one loop share this as they are: they run one at a time.
    static int echoed;

    public static void main(String[] arguments) throws Exception {
        var loop = EventLoop.open("main");
        loop.run("main", () -> {
            var listener = CoServerSocket.bind(new InetSocketAddress("127.0.0.1", 0));
            loop.start("acceptor", () -> accept(loop, listener));
            List<CoSocket> sockets = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) sockets.add(CoSocket.connect(listener.localAddress()));
            Group.<Void, Exception>run("clients", group -> {
                for (CoSocket each : sockets) group.start("client", () -> talk(each));
                return null;
            });                                                // all clients have ended, or one has thrown
            return null;
        });
        ShutdownReport report = loop.shutdown(100);            // ends who is left
        System.out.println(CLIENTS + " clients at a time, " + echoed + " echoes");
        System.out.println("left and cancelled: " + report.cancelled().getFirst().name());
        System.out.println("connections that are open: " + open);
    }

    @CoroutineFn
    static void accept(EventLoop loop, CoServerSocket listener) throws Exception {
        try (listener) {
            while (true) {
                CoSocket connection = listener.accept();       // suspends until there is one
                loop.start("connection", () -> echo(connection));
            }
        }
    }

    @CoroutineFn
    static void echo(CoSocket connection) throws Exception {
        open++;
        try (connection) {
            var buffer = ByteBuffer.allocate(64);
            while (connection.read(buffer.clear()) >= 0) connection.write(buffer.flip());
        } finally {
            open--;
        }
    }

    @CoroutineFn
    static Void talk(CoSocket socket) throws Exception {
        try (socket) {
            for (int i = 0; i < 3; i++) {
                byte[] message = ("message " + i).getBytes(StandardCharsets.UTF_8);
                var answer = ByteBuffer.allocate(message.length);
                socket.write(ByteBuffer.wrap(message));
                socket.readFully(answer);
                if (Arrays.equals(message, answer.array())) echoed++;
            }
        }
        return null;
    }
}
