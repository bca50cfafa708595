"""Evolve transformer architectures: mutate, gate, train small, compare, confirm, promote.

This file is written by hand (nbdev keeps the version). The names below are looked up when they are first used,
so `import foundry` stays light: it does not import torch.
"""
__version__ = "0.0.1"

_HOME = {  # name → the module that defines it
    "ConfigError": "config", "ExperimentConfig": "config", "GPTConfig": "config", "DataConfig": "config", "TrainConfig": "config",
    "EvalConfig": "config", "load_config": "config", "save_config": "config",
    "register": "registry",
    "GPT": "model", "get_training_overrides": "model_factory",
    "prepare_dataset": "data", "load_dataset": "data", "pack_to_bin": "data",
    "Trainer": "train", "evaluate": "eval", "run_sweep": "cli.sweep",
}
__all__ = list(_HOME)


def __getattr__(name):
    if name not in _HOME: raise AttributeError(f"module 'foundry' has no attribute {name!r}")
    from importlib import import_module
    value = globals()[name] = getattr(import_module(f"foundry.{_HOME[name]}"), name)
    return value


def __dir__(): return sorted({*globals(), *_HOME})
