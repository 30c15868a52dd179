package dev.pirn.weaver;

import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeMap;

/** All that is known of a method with sites before its two forms are written. */
final class Plan {
    final Names names;
    final Body body;
    final Types types;
    final Liveness liveness;
    final Reach reach;
    final MovedNews moved;
    final List<Site> sites = new ArrayList<>();
    final FrameShape shape;

    private final Blocks blocks;
    private final Site[] siteAt;
    private final Sizes sizes;

    /** @param siteIndexes where the sites are: one or more */
    Plan(Names names, Body body, List<Integer> siteIndexes) throws Refusal {
        this.names = names;
        this.body = body;
        types = new Types(body, names.entryTypes());
        moved = new MovedNews(body, types, siteIndexes);
        blocks = new Blocks(body);
        refuseMonitors(new Monitors(blocks), siteIndexes);
        liveness = new Liveness(blocks, asked(siteIndexes));
        reach = new Reach(body, siteIndexes);
        siteAt = new Site[body.size()];
        for (int index : siteIndexes) {
            if (types.before(index) == null) continue; // Behind a jump, without a stack map: never verified.
            sites.add(siteAt[index] = site(index));
        }
        shape = new FrameShape(sites);
        sizes = new Sizes(this);
    }

    /** The site that the instruction is, or null. */
    Site siteAt(int index) {
        return siteAt[index];
    }

    ClassModel host() {
        return names.host;
    }

    /** Which locals are there in the resume method: asked only for debuggers. */
    Presence presence() {
        return new Presence(this, blocks);
    }

    /** Whether a jump of a form may be longer than 32 KiB. */
    boolean isLong() {
        return sizes.isLong();
    }

    /** Whether the jump, a branch instruction, may be longer than 32 KiB. */
    boolean isLongJump(int index) {
        return sizes.isLongJump(index, (BranchInstruction) body.get(index));
    }

    /** Whether a form may be longer than a method can be. */
    boolean mayBeTooLarge() {
        return sizes.total() > Sizes.CODE_MAX;
    }

    private BitSet asked(List<Integer> siteIndexes) {
        var asked = new BitSet();
        siteIndexes.forEach(asked::set);
        for (int i = 0; i < body.size(); i++) {
            if (body.get(i) instanceof BranchInstruction) asked.set(i);
        }
        return asked;
    }

    private void refuseMonitors(Monitors monitors, List<Integer> siteIndexes) throws Refusal {
        for (int each : siteIndexes) {
            if (!monitors.heldAt(each)) continue;
            String callee = names.callee((InvokeInstruction) body.get(each));
            throw new Refusal(body.line(each), "the call of " + callee + " may suspend while a monitor "
                    + "is held, which belongs to the thread; leave the synchronized block before it, or "
                    + "guard the data by a lock that belongs to the coroutine");
        }
    }

    private Site site(int index) {
        var call = (InvokeInstruction) body.get(index);
        TypeState before = types.before(index);
        var live = new TreeMap<Integer, Type>();
        BitSet read = liveness.after(index);
        for (int slot = read.nextSetBit(0); slot >= 0; slot = read.nextSetBit(slot + 1)) {
            Type type = before.locals[slot];
            if (type != null && !type.isNew()) live.put(slot, type);
        }
        List<Type> below = moved.without(before.below(Site.operands(call)));
        return new Site(index, sites.size() + 1, call, body.line(index), below, live);
    }
}
