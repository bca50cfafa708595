"Install Foundry: every fact comes from settings.ini. nbs/ and experiments/ templates ship under foundry/_share/."
import shutil, tempfile
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

here = Path(__file__).resolve().parent
conf = ConfigParser(delimiters="=")
conf.read(here/"settings.ini", encoding="utf-8")
cfg = conf["DEFAULT"]
lines = lambda key: [r for r in cfg[key].splitlines() if r.strip()]
shared = sorted(p.relative_to(here) for pat in cfg["shared_files"].split() for p in here.glob(pat))


class BuildWithShare(build_py):
    "Copy the shared notebooks and experiments into the built package; an editable install reads them in place."
    def run(self):
        super().run()
        if getattr(self, "editable_mode", False): return
        for src, dst in self._pairs():
            Path(dst).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(src, dst)

    def _pairs(self): return [(str(p), str(Path(self.build_lib, cfg["lib_path"], "_share", p))) for p in shared]
    def get_outputs(self, *args, **kw): return super().get_outputs(*args, **kw) + [dst for _, dst in self._pairs()]
    def get_source_files(self): return super().get_source_files() + ["settings.ini", "constraints.txt", *map(str, shared)]


readme, scratch = here/"README.md", tempfile.TemporaryDirectory()     # what an older build left in the tree must not get into this one
setup(
    name=cfg["lib_name"], version=cfg["version"], description=cfg["description"], license="Apache-2.0",
    author=cfg["author"], author_email=cfg["author_email"], url=cfg["git_url"], keywords=cfg["keywords"].split(),
    long_description=readme.read_text(encoding="utf-8") if readme.exists() else "", long_description_content_type="text/markdown",
    python_requires=f">={cfg['min_python']}", packages=find_packages(include=[cfg["lib_path"], cfg["lib_path"] + ".*"]),
    install_requires=lines("requirements"),
    extras_require={k.removesuffix("_requirements"): lines(k) for k in cfg if k.endswith("_requirements")},
    entry_points={"console_scripts": cfg["console_scripts"].split(), "papermill.engine": cfg["papermill_engines"].split()},
    cmdclass={"build_py": BuildWithShare}, zip_safe=False,
    options={"build": {"build_base": scratch.name}, "egg_info": {"egg_base": scratch.name}},
)
