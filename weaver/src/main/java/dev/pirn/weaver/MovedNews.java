package dev.pirn.weaver;

import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Objects whose constructor's arguments contain a site. No frame can hold an object that is not constructed,
 * so they are made behind the arguments: {@code new; dup; arguments; <init>} becomes {@code arguments; store
 * them; new; dup; load them; <init>}. Where it was, {@code new; pop} stays, for it initialises the class.
 */
final class MovedNews {
    private final Set<Integer> moved = new HashSet<>(); // The new instructions.
    private final Set<Integer> dropped = new HashSet<>(); // Their dups.
    private final Map<Integer, NewObjectInstruction> calls = new HashMap<>(); // By constructor call.
    private final Set<Integer> copied = new HashSet<>(); // Those calls whose object is used afterwards.

    /** @param siteIndexes where the sites are */
    MovedNews(Body body, Types types, List<Integer> siteIndexes) throws Refusal {
        for (int site : siteIndexes) {
            TypeState state = types.before(site);
            if (state == null) continue;
            var call = (InvokeInstruction) body.get(site);
            for (Type each : state.below(Site.operands(call))) {
                if (each.isNew()) moved.add(each.madeAt());
            }
        }
        for (int each : List.copyOf(moved)) move(body, types, each);
    }

    private void move(Body body, Types types, int made) throws Refusal {
        int dup = body.instructionFrom(made + 1);
        boolean hasDup = body.get(dup) instanceof StackInstruction next && next.opcode() == Opcode.DUP;
        if (hasDup) dropped.add(dup);
        for (int call : types.constructorCalls(made)) {
            if (!isPlain(types.before(call), (InvokeInstruction) body.get(call), made, hasDup)) {
                throw new Refusal(body.line(made), "the object that is made here is copied in an unusual way "
                        + "before its constructor's arguments, which may suspend; compute them before it");
            }
            calls.put(call, (NewObjectInstruction) body.get(made));
            if (hasDup) copied.add(call);
        }
    }

    /** Whether the object lies where {@code new} and {@code dup} put it, and nowhere else. */
    private static boolean isPlain(TypeState before, InvokeInstruction call, int made, boolean hasDup) {
        var object = Type.made(made);
        int receiver = before.stack.size() - Site.operands(call);
        int expected = hasDup ? 2 : 1;
        long copies = before.stack.stream().filter(object::equals).count();
        for (Type each : before.locals) {
            if (object.equals(each)) return false;
        }
        return copies == expected && (!hasDup || before.stack.get(receiver - 1).equals(object));
    }

    /** Whether the type is that of an object that is not there yet. */
    boolean isMoved(Type type) {
        return type != null && type.isNew() && moved.contains(type.madeAt());
    }

    /** The operands that are there, that is, without the objects that are made later. */
    List<Type> without(List<Type> operands) {
        var left = new ArrayList<Type>(operands);
        left.removeIf(this::isMoved);
        return left;
    }

    boolean isMovedNew(int index) {
        return moved.contains(index);
    }

    boolean isDroppedDup(int index) {
        return dropped.contains(index);
    }

    /** What to make before the constructor call, or null if that has its object. */
    NewObjectInstruction madeBefore(int call) {
        return calls.get(call);
    }

    boolean isCopied(int call) {
        return copied.contains(call);
    }
}
