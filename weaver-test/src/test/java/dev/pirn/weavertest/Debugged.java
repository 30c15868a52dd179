package dev.pirn.weavertest;

import com.sun.jdi.AbsentInformationException;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.IncompatibleThreadStateException;
import com.sun.jdi.InconsistentDebugInfoException;
import com.sun.jdi.LocalVariable;
import com.sun.jdi.Location;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StackFrame;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.StepEvent;
import com.sun.jdi.request.EventRequest;
import com.sun.jdi.request.StepRequest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/** A program in a JVM of its own, under a debugger with breakpoints in class {@code t.Case}. */
final class Debugged {
    static final String MAIN = """
            package t;
            import dev.pirn.*;
            public class Main {
                public static void main(String[] arguments) throws Exception {
                    Coroutine c = Coroutine.create(Backend.of(arguments[0]), "debugged", new Entry());
                    while (c.state() != Coroutine.State.DONE) c.enter();
                }
            }
            """;

    /** Where the debugger was told that the program is, and what it saw there. */
    record Stop(int line, String method, Map<String, String> variables) { }

    private final VirtualMachine vm;
    private final IntPredicate breaks;
    private final int step; // A depth of StepRequest to go on with from each breakpoint, or 0.
    private final List<Stop> breakpoints = new ArrayList<>();
    private final List<Stop> steps = new ArrayList<>();

    private Debugged(VirtualMachine vm, IntPredicate breaks, int step) {
        this.vm = vm;
        this.breaks = breaks;
        this.step = step;
    }

    /** Runs the classes in {@code folder}, with a breakpoint at each of the lines. */
    static Debugged run(Map<String, byte[]> classes, Path folder, String backend, IntPredicate lines,
            int step)
            throws Exception {
        for (var each : classes.entrySet()) write(folder.resolve(each.getKey() + ".class"), each.getValue());
        String path = folder + File.pathSeparator + System.getProperty("java.class.path");
        var connector = Bootstrap.virtualMachineManager().defaultConnector();
        var arguments = connector.defaultArguments();
        arguments.get("main").setValue("t.Main " + backend);
        arguments.get("options").setValue("-Xshare:auto -cp \"" + path + "\"");
        var debugged = new Debugged(connector.launch(arguments), lines, step);
        try {
            debugged.handle();
        } finally {
            debugged.vm.process().destroyForcibly().waitFor();
        }
        return debugged;
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    /** Where breakpoints were hit, in order. */
    List<Stop> breakpoints() {
        return breakpoints;
    }

    /** Where steps ended, in order. */
    List<Stop> steps() {
        return steps;
    }

    private void handle() throws Exception {
        var prepared = vm.eventRequestManager().createClassPrepareRequest();
        prepared.addClassFilter("t.Case");
        prepared.enable();
        vm.resume();
        try {
            while (true) {
                EventSet events = vm.eventQueue().remove();
                for (Event each : events) handle(each);
                events.resume();
            }
        } catch (VMDisconnectedException e) {
            assert !breakpoints.isEmpty() : "it ended before any breakpoint";
        }
    }

    private void handle(Event event) throws Exception {
        switch (event) {
            case ClassPrepareEvent prepared -> setBreakpoints(prepared.referenceType());
            case BreakpointEvent hit -> {
                breakpoints.add(stop(hit.thread(), hit.location()));
                if (step != 0) step(hit.thread());
            }
            case StepEvent done -> {
                vm.eventRequestManager().deleteEventRequest(done.request());
                steps.add(stop(done.thread(), done.location()));
            }
            default -> { }
        }
    }

    private void step(ThreadReference thread) {
        vm.eventRequestManager().deleteEventRequests(List.copyOf(vm.eventRequestManager().stepRequests()));
        StepRequest request = vm.eventRequestManager().createStepRequest(thread, StepRequest.STEP_LINE, step);
        request.addClassFilter("t.*");
        request.addCountFilter(1);
        request.setSuspendPolicy(EventRequest.SUSPEND_ALL);
        request.enable();
    }

    private void setBreakpoints(ReferenceType type) throws AbsentInformationException {
        for (Location each : type.allLineLocations()) {
            if (!breaks.test(each.lineNumber())) continue;
            vm.eventRequestManager().createBreakpointRequest(each).enable();
        }
    }

    private static String value(StackFrame frame, LocalVariable variable) {
        try {
            return String.valueOf(frame.getValue(variable));
        } catch (InconsistentDebugInfoException e) {
            return e.toString();
        }
    }

    private static Stop stop(ThreadReference thread, Location at) throws IncompatibleThreadStateException {
        var variables = new TreeMap<String, String>();
        StackFrame frame = thread.frame(0);
        try {
            for (LocalVariable each : frame.visibleVariables()) {
                variables.put(each.name(), value(frame, each));
            }
        } catch (AbsentInformationException e) {
            variables.put("no variables", e.toString());
        }
        return new Stop(at.lineNumber(), at.method().name(), variables);
    }
}
