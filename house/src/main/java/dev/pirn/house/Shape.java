package dev.pirn.house;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/**
 * What only the compiler's tree can tell: how long a method is, and habits that make a test worthless.
 *
 * <p>The sources are parsed and not compiled: they need no class path, and half a second is enough for the
 * whole tree.
 */
final class Shape extends TreeScanner<Void, Void> {
    static final int METHOD_LINES_MAX = 60;

    private final Path path;
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final boolean test;
    private final boolean main;
    private final List<Finding> findings;

    private Shape(Path path, CompilationUnitTree unit, SourcePositions positions, List<Finding> findings) {
        this.path = path;
        this.unit = unit;
        this.positions = positions;
        String absolute = path.toAbsolutePath().toString().replace('\\', '/');
        this.test = absolute.contains("/src/test/");
        // An example is a program of a user's, and as short.
        this.main = absolute.contains("/src/main/") && !absolute.contains("/examples/");
        this.findings = findings;
    }

    static List<Finding> check(List<Path> sources) throws IOException {
        var findings = new ArrayList<Finding>();
        if (sources.isEmpty()) {
            return findings; // javac refuses to do nothing.
        }
        var problems = new DiagnosticCollector<JavaFileObject>();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(problems, null, null)) {
            var task = (JavacTask) compiler.getTask(null, files, problems, List.of("-proc:none"), null,
                    files.getJavaFileObjectsFromPaths(sources));
            Trees trees = Trees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                Path path = Path.of(unit.getSourceFile().getName());
                var shape = new Shape(path, unit, trees.getSourcePositions(), findings);
                shape.scan(unit, null);
                if (shape.main) new Contracts(trees, shape::add).scan(unit, null);
            }
        }
        for (Diagnostic<? extends JavaFileObject> problem : problems.getDiagnostics()) {
            if (problem.getKind() == Diagnostic.Kind.ERROR && problem.getSource() != null) {
                findings.add(new Finding(Path.of(problem.getSource().getName()), problem.getLineNumber(),
                        problem.getMessage(null)));
            }
        }
        return findings;
    }

    @Override
    public Void visitMethod(MethodTree method, Void none) {
        String name = method.getName().contentEquals("<init>") ? "constructor" : "method " + method.getName();
        measure(name, startAfterAnnotations(method), method);
        return super.visitMethod(method, none);
    }

    @Override
    public Void visitClass(ClassTree type, Void none) {
        for (Tree member : type.getMembers()) {
            if (member instanceof BlockTree) {
                measure("initializer", positions.getStartPosition(unit, member), member);
            } else if (member instanceof VariableTree field) {
                measureLambdas(field); // A lambda in a method needs no look: its method is longer still.
            }
        }
        return super.visitClass(type, none);
    }

    private void measureLambdas(VariableTree field) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitLambdaExpression(LambdaExpressionTree lambda, Void none) {
                measure("lambda in " + field.getName(), positions.getStartPosition(unit, lambda), lambda);
                return super.visitLambdaExpression(lambda, none);
            }

            @Override
            public Void visitClass(ClassTree type, Void none) {
                return null; // The outer scanner comes here by itself.
            }
        }.scan(field, null);
    }

    private void measure(String name, long start, Tree tree) {
        long first = unit.getLineMap().getLineNumber(start);
        long lines = unit.getLineMap().getLineNumber(positions.getEndPosition(unit, tree)) - first + 1;
        if (lines > METHOD_LINES_MAX) {
            add(first, "%s of %d lines, more than %d".formatted(name, lines, METHOD_LINES_MAX));
        }
    }

    /** Annotations of a test may hold its table of cases, which is not code to follow. */
    private long startAfterAnnotations(MethodTree method) {
        ModifiersTree modifiers = method.getModifiers();
        if (modifiers.getAnnotations().isEmpty()) {
            return positions.getStartPosition(unit, method);
        }
        long end = positions.getEndPosition(unit, modifiers.getAnnotations().getLast());
        try {
            CharSequence text = unit.getSourceFile().getCharContent(true);
            while (Character.isWhitespace(text.charAt((int) end))) {
                end++;
            }
        } catch (IOException e) {
            throw new IllegalStateException(path + ": was readable a moment ago", e);
        }
        return end;
    }

    @Override
    public Void visitImport(ImportTree imported, Void none) {
        String name = imported.getQualifiedIdentifier().toString();
        if (imported.isStatic() && Set.of("java.lang.Thread.sleep", "java.lang.Thread.*").contains(name)) {
            addInTest(imported, "import of Thread.sleep in a test: use virtual time, or wait for the event");
        }
        return null; // Its name is a member select too, and would be reported twice.
    }

    @Override
    public Void visitMemberSelect(MemberSelectTree select, Void none) {
        sleep(select, select.getExpression(), select.getIdentifier());
        return super.visitMemberSelect(select, none);
    }

    @Override
    public Void visitMemberReference(MemberReferenceTree reference, Void none) {
        sleep(reference, reference.getQualifierExpression(), reference.getName());
        return super.visitMemberReference(reference, none);
    }

    private void sleep(Tree tree, ExpressionTree owner, CharSequence name) {
        boolean thread = Set.of("Thread", "java.lang.Thread").contains(owner.toString());
        if (thread && name.toString().equals("sleep")) {
            addInTest(tree, "Thread.sleep in a test: use virtual time, or wait for the event");
        }
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree call, Void none) {
        String name = call.getMethodSelect().toString().replaceFirst(".*\\.", "");
        if (!call.getArguments().isEmpty() && call.getArguments().getFirst() instanceof LiteralTree literal
                && (name.equals("assertTrue") && Boolean.TRUE.equals(literal.getValue())
                        || name.equals("assertFalse") && Boolean.FALSE.equals(literal.getValue()))) {
            addInTest(call, "%s(%s) cannot fail: assert what happened".formatted(name, literal));
        }
        return super.visitMethodInvocation(call, none);
    }

    @Override
    public Void visitAnnotation(AnnotationTree annotation, Void none) {
        String name = annotation.getAnnotationType().toString();
        if ((name.equals("Disabled") || name.endsWith(".Disabled")) && !hasReason(annotation)) {
            addInTest(annotation, "@Disabled without a reason: say why, and until when");
        }
        return super.visitAnnotation(annotation, none);
    }

    private static boolean hasReason(AnnotationTree annotation) {
        if (annotation.getArguments().isEmpty()) {
            return false;
        }
        ExpressionTree reason = annotation.getArguments().getFirst();
        if (reason instanceof AssignmentTree assignment) {
            reason = assignment.getExpression();
        }
        return !(reason instanceof LiteralTree literal) || !literal.getValue().toString().isBlank();
    }

    private void addInTest(Tree tree, String text) {
        if (test) add(tree, text);
    }

    private void add(Tree tree, String text) {
        add(unit.getLineMap().getLineNumber(positions.getStartPosition(unit, tree)), text);
    }

    private void add(long line, String text) {
        findings.add(new Finding(path, line, text));
    }
}
