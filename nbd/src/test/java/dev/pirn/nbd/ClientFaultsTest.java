package dev.pirn.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pirn.aio.EventLoop;
import dev.pirn.block.BlockDevice;
import dev.pirn.block.Discard;
import dev.pirn.block.NoSpaceException;
import dev.pirn.block.RefusedException;
import dev.pirn.block.filter.FaultDriver;
import dev.pirn.block.filter.FaultSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our client of a server whose disk fails: each operation throws what names the error, once. */
class ClientFaultsTest {
    private interface Request {
        void of(BlockDevice disk) throws IOException;
    }

    private static Map<String, Request> requests() {
        var all = new LinkedHashMap<String, Request>();
        all.put("NBD_CMD_READ", disk -> disk.read(0, Arena.ofAuto().allocate(4096)));
        all.put("NBD_CMD_WRITE", disk -> disk.write(0, Arena.ofAuto().allocate(4096), false));
        all.put("NBD_CMD_WRITE_ZEROES", disk -> disk.writeZeroes(0, 4096, true, false));
        all.put("NBD_CMD_TRIM", disk -> disk.discard(0, 4096));
        all.put("NBD_CMD_CACHE", disk -> disk.prefetch(0, 4096));
        all.put("NBD_CMD_BLOCK_STATUS", disk -> disk.extents(0, 4096, 1));
        all.put("NBD_CMD_FLUSH", BlockDevice::flush);
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void everyOperationThrowsWhatNamesTheError(FaultyDiskTest.Error error, @TempDir Path dir)
            throws Exception {
        try (var served = new Served(dir, Served.Setup.USUAL,
                below -> FaultDriver.of("disk", below, FaultSpec.parse(error.once())));
                var loop = EventLoop.open("client")) {
            Path socket = ((UnixDomainSocketAddress) served.address).getPath();
            var options = NbdClientOptions.DEFAULT.withDiscard(Discard.UNMAP);
            loop.run("test", () -> {
                try (BlockDevice disk = NbdClient.open(NbdUri.unix(socket, "disk"), options)) {
                    requests().forEach((name, request) -> {
                        check(error, name, assertThrows(IOException.class, () -> request.of(disk), name));
                        try {
                            request.of(disk);
                        } catch (IOException e) {
                            throw new AssertionError(name + " a second time", e);
                        }
                    });
                }
                return null;
            });
        }
    }

    private static void check(FaultyDiskTest.Error error, String name, IOException thrown) {
        String text = thrown.getMessage();
        assertTrue(text.contains(name + " of "), text);
        assertTrue(text.contains("failed: " + error + ", "), text);
        assertTrue(text.contains(error.text), text);
        switch (error) {
            case ENOSPC -> assertInstanceOf(NoSpaceException.class, thrown);
            case EPERM -> assertEquals(RefusedException.Reason.NOT_PERMITTED,
                    assertInstanceOf(RefusedException.class, thrown).reason());
            case ENOMEM -> assertEquals(RefusedException.Reason.NO_MEMORY,
                    assertInstanceOf(RefusedException.class, thrown).reason());
            // What the server was asked wrongly is our client's affair, not that of who asked it.
            default -> assertEquals(IOException.class, thrown.getClass());
        }
    }
}
