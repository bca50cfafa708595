"""Collect every notebook as one test of the library that it exports.

`nbdev_test` runs a notebook's own cells, so a module that lacks an import still passes it. Here each `#| export` cell is
replaced by the names that it binds, taken from the exported module, and the other cells run against those.
"""
import ast, importlib, os, random, sys, traceback
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
TEMPLATES = {"train.ipynb", "report.ipynb", "board.ipynb", "trials", "bench"}     # run with parameters, or by hand
os.environ.update(OMP_NUM_THREADS="1", MPLBACKEND="agg", IN_TEST="1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")              # tests fork, which a process that has started CUDA must not; nbs/bench/gpu.ipynb is about GPUs


def pytest_collect_file(file_path, parent):
    if file_path.suffix != ".ipynb" or not file_path.is_relative_to(ROOT/"nbs"): return None
    parts = file_path.relative_to(ROOT/"nbs").parts
    if TEMPLATES & set(parts) or any(p[0] in "._" for p in parts): return None
    return NotebookFile.from_parent(parent, path=file_path)


def pytest_collection_modifyitems(items): items.reverse()      # what takes long has high numbers, and none of it should start last


def pytest_terminal_summary(terminalreporter):
    for said in (text for r in terminalreporter.getreports("passed") + terminalreporter.getreports("failed") for name, text in r.user_properties if name == "report"):
        title, _, rest = said.partition("\n"); terminalreporter.section(title); terminalreporter.write_line(rest)


class NotebookFile(pytest.File):
    def collect(self): yield Notebook.from_parent(self, name="package")


class CellFailed(Exception):
    "A cell raised; the message is what to show."


def bound(code):
    "Return the names that a cell binds at its top level, or None for a star import: whatever the module has."
    names, todo = set(), list(ast.parse(code).body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)): names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)): names |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store): names.add(node.id)
        elif not isinstance(node, ast.Lambda): todo += ast.iter_child_nodes(node)
    return None if "*" in names else names


def fresh_state():
    "Seed every generator, close all figures, forget the parts of other notebooks: those that share a process must not feel each other."
    import numpy
    random.seed(0); numpy.random.seed(0)
    if "torch" in sys.modules: sys.modules["torch"].manual_seed(0)
    if "foundry.registry" in sys.modules:
        registry = sys.modules["foundry.registry"]; registry.lay_over({})
        for parts in registry._parts.values():
            for name in [n for n, part in parts.items() if part.__module__ == "__main__"]: del parts[name]
    if "matplotlib.pyplot" in sys.modules: sys.modules["matplotlib.pyplot"].close("all")


class Notebook(pytest.Item):
    def runtest(self):
        from execnb.shell import CaptureShell
        from nbdev.config import get_config
        from nbdev.frontmatter import FrontmatterProc
        from nbdev.process import NBProcessor
        nb = NBProcessor(self.path, procs=FrontmatterProc, process=True).nb
        skip = set(get_config().tst_flags.split()) - {"once"}      # what `nbdev_test` leaves to this run
        default = next((d["default_exp"][0] for c in nb.cells if "default_exp" in (d := c.directives_ or {})), None)
        before = os.getcwd(), list(sys.path), sys.modules["__main__"], dict(os.environ)
        fresh_state(); os.chdir(self.path.parent)
        try:
            shell = CaptureShell(mpl_format="png")
            shell.showtraceback = shell.showsyntaxerror = lambda *args, **kw: None      # `execute` shows it, once
            for cell in nb.cells:
                d = cell.directives_ or {}
                if cell.cell_type != "code" or "nbdev_export(" in cell.source: continue
                if d.get("eval:", [""])[0].lower() == "false" or skip & d.keys(): continue
                exports = [d[k] for k in ("export", "exporti", "exports") if k in d]
                if exports: self.take(shell, exports[0][0] if exports[0] else default, cell.source)
                else: self.execute(shell, cell)
            if report := shell.user_ns.get("REPORT"): self.user_properties.append(("report", str(report)))      # what a notebook wants to be seen at the end
        finally:
            os.chdir(before[0]); sys.path[:] = before[1]; sys.modules["__main__"] = before[2]
            os.environ.clear(); os.environ.update(before[3])

    def take(self, shell, module, code):
        "Put the names that an export cell binds into the notebook, from the module that it was exported to."
        names, wanted = vars(importlib.import_module(f"foundry.{module}")), bound(code)
        shell.user_ns.update({k: v for k, v in names.items() if (k[:2] != "__" if wanted is None else k in wanted)})

    def execute(self, shell, cell):
        out = shell.run_cell(cell.source)
        if (e := out.exception) is None: return
        tb = "".join(traceback.format_exception(type(e), e, e.__traceback__ and e.__traceback__.tb_next))
        raise CellFailed(f"{type(e).__name__} in cell {cell.idx_}:\n\n{cell.source.strip()}\n\n{out.stdout}{out.stderr}{tb}") from None

    def repr_failure(self, excinfo):
        return str(excinfo.value) if isinstance(excinfo.value, CellFailed) else super().repr_failure(excinfo)

    def reportinfo(self): return self.path, None, str(self.path.relative_to(ROOT))
