package dev.pirn.lab;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Some kinds of images, the same ones each time, among which is each value of each option. Others:
 * {@link Qcow2AtRandom}.
 */
class Qcow2PropertyTest {
    @Provide
    Arbitrary<ImageKind> kinds() {
        return ImageKind.all();
    }

    @Provide
    Arbitrary<ImageSteps> steps() {
        return ImageSteps.some();
    }

    @Property(tries = 24, seed = "1")
    void madeByQemuAndReadByUs(@ForAll("kinds") ImageKind kind, @ForAll("steps") ImageSteps steps) {
        kind.count();
        steps.count();
        Qcow2Properties.madeByQemuAndReadByUs(kind, steps);
    }

    @Property(tries = 24, seed = "1")
    void madeByUsAndReadByQemu(@ForAll("kinds") ImageKind kind, @ForAll("steps") ImageSteps steps) {
        kind.count();
        steps.count();
        Qcow2Properties.madeByUsAndReadByQemu(kind, steps);
    }
}
