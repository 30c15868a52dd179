package dev.pirn.lab;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What {@link Qcow2PropertyTest} says, of new kinds each time: run by {@code ./check --long} alone. */
class Qcow2AtRandom {
    @Provide
    Arbitrary<ImageKind> kinds() {
        return ImageKind.all();
    }

    @Provide
    Arbitrary<ImageSteps> steps() {
        return ImageSteps.some();
    }

    @Property(tries = 300)
    void madeByQemuAndReadByUs(@ForAll("kinds") ImageKind kind, @ForAll("steps") ImageSteps steps) {
        Qcow2Properties.madeByQemuAndReadByUs(kind, steps);
    }

    @Property(tries = 300)
    void madeByUsAndReadByQemu(@ForAll("kinds") ImageKind kind, @ForAll("steps") ImageSteps steps) {
        Qcow2Properties.madeByUsAndReadByQemu(kind, steps);
    }
}
