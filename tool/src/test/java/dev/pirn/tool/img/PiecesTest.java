package dev.pirn.tool.img;

import static dev.pirn.tool.img.Pieces.Kind.BACKING;
import static dev.pirn.tool.img.Pieces.Kind.DATA;
import static dev.pirn.tool.img.Pieces.Kind.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pirn.aio.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PiecesTest {
    private static final int SIZE_MAX = 16;

    @Test
    void dataIsCutAtMultiplesOfTheLargestPiece() throws Exception {
        assertEquals(List.of("0+16 DATA", "16+16 DATA", "32+8 DATA"), cut(1, 40, run(40, DATA)));
    }

    @Test
    void dataThatBeginsBetweenTwoCuts() throws Exception {
        assertEquals(List.of("0+10 ZERO", "10+6 DATA", "16+4 DATA"),
                cut(1, 20, run(10, ZERO), run(10, DATA)));
    }

    @Test
    void zeroesAreOnePiece() throws Exception {
        assertEquals(List.of("0+1000 ZERO"), cut(1, 1000, run(300, ZERO), run(700, ZERO)));
    }

    @Test
    void clusterThatIsPartlyDataIsData() throws Exception {
        assertEquals(List.of("0+8 ZERO", "8+4 DATA", "12+8 ZERO"),
                cut(4, 20, run(9, ZERO), run(2, DATA), run(9, ZERO)));
    }

    @Test
    void clusterOfZeroesAndOfTheBackingFileIsData() throws Exception {
        assertEquals(List.of("0+4 BACKING", "4+4 DATA", "8+4 ZERO"),
                cut(4, 12, run(6, BACKING), run(6, ZERO)));
    }

    @Test
    void endWithinACluster() throws Exception {
        assertEquals(List.of("0+4 ZERO", "4+3 DATA"), cut(4, 7, run(4, ZERO), run(3, DATA)));
        assertEquals(List.of("0+7 ZERO"), cut(4, 7, run(7, ZERO)));
    }

    private static Pieces.Run run(long length, Pieces.Kind kind) {
        return new Pieces.Run(length, kind);
    }

    /** What comes of a disk whose source tells one run at a time. */
    private static List<String> cut(int alignment, long end, Pieces.Run... runs) throws Exception {
        var left = new ArrayList<>(List.of(runs));
        var pieces = new Pieces((offset, length, countMax) -> List.of(left.removeFirst()), 0, end, SIZE_MAX,
                alignment);
        try (var loop = EventLoop.open("pieces")) {
            return loop.<List<String>, IOException>run("pieces", () -> {
                var cut = new ArrayList<String>();
                for (Pieces.Piece each; (each = pieces.next()) != null; ) {
                    assertEquals(cut.size(), each.number());
                    cut.add(each.offset() + "+" + each.length() + " " + each.kind());
                }
                return cut;
            });
        }
    }
}
