package dev.pirn.weaver;

import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many monitors a method's {@code synchronized} blocks hold at each of its instructions.
 *
 * <p>Follows the code from its start. A handler holds the fewest that any instruction of its range does:
 * javac has each block's monitors given back by the block's own handler, before an outer one sees the
 * exception.
 */
final class HeldMonitors {
    private static final int UNREACHED = -1;

    private final List<CodeElement> code;
    private final Map<Label, Integer> places = new HashMap<>();
    private final List<ExceptionCatch> handlers = new ArrayList<>();
    private final ArrayDeque<Integer> open = new ArrayDeque<>();
    private final int[] held;

    private HeldMonitors(List<CodeElement> code) {
        this.code = code;
        held = new int[code.size() + 1];
        Arrays.fill(held, UNREACHED);
        for (int i = 0; i < code.size(); i++) {
            if (code.get(i) instanceof LabelTarget target) places.put(target.label(), i);
            if (code.get(i) instanceof ExceptionCatch handler) handlers.add(handler);
        }
    }

    /** By index in {@code code}; all zero, at no cost, where there is no such block. */
    static int[] held(List<CodeElement> code) {
        if (code.stream().noneMatch(MonitorInstruction.class::isInstance)) return new int[code.size()];
        var monitors = new HeldMonitors(code);
        monitors.reach(0, 0);
        do {
            monitors.follow();
        } while (monitors.reachHandler());
        return monitors.held;
    }

    private void reach(int at, int count) {
        if (held[at] != UNREACHED) return;
        held[at] = count;
        if (at < code.size()) open.add(at);
    }

    private void reach(Label label, int count) {
        reach(places.get(label), count);
    }

    private void follow() {
        for (Integer at = open.poll(); at != null; at = open.poll()) {
            int after = held[at];
            boolean falls = true;
            switch (code.get(at)) {
                case MonitorInstruction each -> after += each.opcode() == Opcode.MONITORENTER ? 1 : -1;
                case BranchInstruction each -> {
                    reach(each.target(), after);
                    falls = each.opcode() != Opcode.GOTO && each.opcode() != Opcode.GOTO_W;
                }
                case TableSwitchInstruction each -> {
                    reach(each.defaultTarget(), after);
                    for (var one : each.cases()) reach(one.target(), after);
                    falls = false;
                }
                case LookupSwitchInstruction each -> {
                    reach(each.defaultTarget(), after);
                    for (var one : each.cases()) reach(one.target(), after);
                    falls = false;
                }
                case ReturnInstruction each -> falls = false;
                case ThrowInstruction each -> falls = false;
                default -> { }
            }
            if (falls) reach(at + 1, after);
        }
    }

    /** Reaches one handler more; false if there is none. */
    private boolean reachHandler() {
        for (ExceptionCatch each : handlers) {
            if (held[places.get(each.handler())] != UNREACHED) continue;
            int fewest = Integer.MAX_VALUE;
            for (int at = places.get(each.tryStart()); at < places.get(each.tryEnd()); at++) {
                boolean counts = code.get(at) instanceof Instruction && held[at] != UNREACHED;
                if (counts) fewest = Math.min(fewest, held[at]);
            }
            if (fewest == Integer.MAX_VALUE) continue;
            reach(each.handler(), fewest);
            return true;
        }
        return false;
    }
}
