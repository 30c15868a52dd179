package dev.pirn.house;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.util.Set;
import java.util.function.BiConsumer;
import javax.lang.model.element.Modifier;

/**
 * Finds what is public and has no comment.
 *
 * <p>Not left to doclint, whose "missing" group also asks for a tag for every parameter: a tag that repeats a
 * name is no contract.
 */
final class Contracts extends TreePathScanner<Void, Void> {
    private final Trees trees;
    private final BiConsumer<Tree, String> found;

    /** Reports to {@code found}, with the tree and a text. */
    Contracts(Trees trees, BiConsumer<Tree, String> found) {
        this.trees = trees;
        this.found = found;
    }

    @Override
    public Void visitClass(ClassTree type, Void none) {
        if (!isPublic(type.getModifiers())) return null; // Nor is anything inside it, then.
        check(type, "type " + type.getSimpleName());
        return super.visitClass(type, none);
    }

    @Override
    public Void visitMethod(MethodTree method, Void none) {
        boolean inherits = method.getModifiers().getAnnotations().stream()
                .anyMatch(annotation -> annotation.getAnnotationType().toString().equals("Override"));
        if (isPublic(method.getModifiers()) && !inherits) check(method, "method " + method.getName());
        return null;
    }

    @Override
    public Void visitVariable(VariableTree field, Void none) {
        if (isPublic(field.getModifiers())) check(field, "field " + field.getName());
        return null;
    }

    private void check(Tree tree, String name) {
        if (trees.getDocComment(getCurrentPath()) == null) {
            found.accept(tree, name + " is public and has no comment: say what it promises");
        }
    }

    /** True for public and protected, and for what an interface holds without saying so. */
    private boolean isPublic(ModifiersTree modifiers) {
        Set<Modifier> flags = modifiers.getFlags();
        if (flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED)) return true;
        TreePath parent = getCurrentPath().getParentPath();
        return parent.getLeaf() instanceof ClassTree outer && outer.getKind() == Tree.Kind.INTERFACE
                && !flags.contains(Modifier.PRIVATE);
    }
}
