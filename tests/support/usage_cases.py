"""Usage blocks as providers spell them, what they mean, and blocks that cannot be true."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class parts:
    """Tokens that never overlap, as the ledger has them."""

    fresh: int = 0
    cached: int = 0
    written: int = 0
    output: int = 0
    reasoning: int = 0


@dataclass(frozen=True)
class usage_case:
    """One provider's block. `early` is what it says at the beginning of a stream; None = nothing."""

    name: str
    provider: str  # as configured, and as the price table knows it
    protocol: str
    model: str
    usage: dict
    means: parts
    early: dict | None = None
    hour: int = 0  # of the written tokens, those that are kept for an hour and have a price of their own
    form: str = "both"  # or "document" or "stream", where the provider's block differs between the two


def _openai(prompt: int, completion: int, cached: int = 0, reasoning: int = 0, **more: object) -> dict:
    inside = {"cached_tokens": cached, "audio_tokens": 0}
    outside = {"reasoning_tokens": reasoning, "audio_tokens": 0, "accepted_prediction_tokens": 0}
    figures = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {**figures, "prompt_tokens_details": inside, "completion_tokens_details": outside, **more}


def _responses(prompt: int, completion: int, cached: int, reasoning: int) -> dict:
    figures = {"input_tokens": prompt, "output_tokens": completion, "total_tokens": prompt + completion}
    details = {"input_tokens_details": {"cached_tokens": cached}, "output_tokens_details": {"reasoning_tokens": reasoning}}
    return {**figures, **details}


def _anthropic(fresh: int, output: int, read: int = 0, minutes: int = 0, hour: int = 0, **more: object) -> dict:
    lives = {"ephemeral_5m_input_tokens": minutes, "ephemeral_1h_input_tokens": hour}
    cache = {"cache_creation_input_tokens": minutes + hour, "cache_read_input_tokens": read, "cache_creation": lives}
    return {"input_tokens": fresh, **cache, "output_tokens": output, "service_tier": "standard", **more}


def _gemini(prompt: int, candidates: int, total: int, **more: int) -> dict:
    modality = [{"modality": "TEXT", "tokenCount": prompt}]
    figures = {"promptTokenCount": prompt, "candidatesTokenCount": candidates, "totalTokenCount": total}
    return {**figures, "promptTokensDetails": modality, **more}


def _cohere(billed: tuple[int, int], tokens: tuple[int, int], **more: int) -> dict:
    return {
        "billed_units": {"input_tokens": billed[0], "output_tokens": billed[1]},
        "tokens": {"input_tokens": tokens[0], "output_tokens": tokens[1]},
        **more,
    }


def _bedrock(fresh: int, output: int, read: int = 0, written: int = 0) -> dict:
    figures = {"inputTokens": fresh, "outputTokens": output, "totalTokens": fresh + output + read + written}
    counts = {"cacheReadInputTokenCount": read, "cacheWriteInputTokenCount": written}
    return {**figures, "cacheReadInputTokens": read, "cacheWriteInputTokens": written, **counts, "serverToolUsage": {}}


_SONNET = "claude-sonnet-4-5-20250929"
_SONNET_AWS = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
_LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
_PREFILL = [{"id": n, "text": "x", "logprob": None} for n in range(37)]

CASES: tuple[usage_case, ...] = (
    usage_case("openai plain", "openai", "openai", "gpt-4.1-mini", _openai(21, 13), parts(21, output=13)),
    usage_case("openai cached", "openai", "openai", "gpt-4.1-mini", _openai(1506, 300, 1280), parts(226, 1280, 0, 300)),
    usage_case("openai reasoning", "openai", "openai", "gpt-5-mini", _openai(90, 700, 0, 640), parts(90, 0, 0, 60, 640)),
    usage_case(
        "openai-responses cached and reasoning",
        "openai-responses",
        "openai_responses",
        "gpt-5-mini",
        _responses(2111, 391, 1920, 320),
        parts(191, 1920, 0, 71, 320),
    ),
    usage_case(
        "deepseek cache hit and miss",
        "deepseek",
        "openai",
        "deepseek-v4-flash",
        _openai(640, 77, 512, 30, prompt_cache_hit_tokens=512, prompt_cache_miss_tokens=128),
        parts(128, 512, 0, 47, 30),
    ),
    usage_case(
        "deepseek names of its own only",
        "deepseek",
        "openai",
        "deepseek-v4-flash",
        {
            "prompt_tokens": 640,
            "completion_tokens": 77,
            "total_tokens": 717,
            "prompt_cache_hit_tokens": 512,
            "prompt_cache_miss_tokens": 128,
        },
        parts(128, 512, 0, 77),
    ),
    usage_case(
        "mistral num_cached_tokens",
        "mistral",
        "openai",
        "mistral-small-2603",
        {"prompt_tokens": 177, "completion_tokens": 12, "total_tokens": 189, "num_cached_tokens": 160},
        parts(17, 160, 0, 12),
    ),
    usage_case(
        "openrouter cache write",
        "openrouter",
        "openai",
        "anthropic/claude-haiku-4.5",
        _openai(5030, 44, 1000, 0, prompt_tokens_details={"cached_tokens": 1000, "cache_write_tokens": 4000}),
        parts(30, 1000, 4000, 44),
    ),
    usage_case(
        "x-ai reasoning beside the completion",
        "x-ai",
        "openai",
        "grok-3-mini",
        {**_openai(32, 9, 4, 180), "total_tokens": 32 + 9 + 180},
        parts(28, 4, 0, 9, 180),
    ),
    usage_case(
        "groq timings beside the counts",
        "groq",
        "openai",
        "openai/gpt-oss-120b",
        {**_openai(84, 105, 0, 95), "queue_time": 0.01, "prompt_time": 0.02, "total_time": 0.3},
        parts(84, 0, 0, 10, 95),
    ),
    usage_case(
        "anthropic plain",
        "anthropic",
        "anthropic",
        _SONNET,
        _anthropic(25, 150),
        parts(25, output=150),
        early=_anthropic(25, 1),
    ),
    usage_case(
        "anthropic cache read and written for five minutes",
        "anthropic",
        "anthropic",
        _SONNET,
        _anthropic(6, 489, 20443, 574, output_tokens_details={"thinking_tokens": 77}),
        parts(6, 20443, 574, 412, 77),
        early=_anthropic(6, 3, 20443, 574),
    ),
    usage_case(
        "anthropic cache written for an hour",
        "anthropic",
        "anthropic",
        _SONNET,
        _anthropic(12, 88, 0, 200, 4100),
        parts(12, 0, 4300, 88),
        early=_anthropic(12, 1, 0, 200, 4100),
        hour=4100,
    ),
    usage_case(
        "anthropic counts of the end alone",
        "anthropic",
        "anthropic",
        _SONNET,
        {"output_tokens": 64},
        parts(31, 9, 0, 64),
        early=_anthropic(31, 2, 9),
        form="stream",
    ),
    usage_case(
        "anthropic beyond the tier of long prompts",
        "anthropic",
        "anthropic",
        _SONNET,
        _anthropic(1000, 500, 230000),
        parts(1000, 230000, 0, 500),
        early=_anthropic(1000, 1, 230000),
    ),
    usage_case(
        "gemini cached content and thoughts",
        "google",
        "gemini",
        "gemini-2.5-flash",
        _gemini(4713, 68, 4713 + 68 + 210, cachedContentTokenCount=4379, thoughtsTokenCount=210),
        parts(334, 4379, 0, 68, 210),
        early=_gemini(4713, 3, 4716, cachedContentTokenCount=4379),
    ),
    usage_case(
        "gemini tool use",
        "google",
        "gemini",
        "gemini-2.5-flash",
        _gemini(32, 41, 32 + 41 + 239 + 47, toolUsePromptTokenCount=239, thoughtsTokenCount=47),
        parts(271, 0, 0, 41, 47),
        early={"promptTokenCount": 32, "totalTokenCount": 32},
    ),
    usage_case("cohere billed units", "cohere", "cohere", "command-a-03-2025", _cohere((25, 9), (91, 11)), parts(25, output=9)),
    usage_case(
        "cohere cached",
        "cohere",
        "cohere",
        "command-a-03-2025",
        _cohere((2406, 52), (2935, 60), cached_tokens=2928),
        parts(7, 2399, 0, 52),
    ),
    usage_case("bedrock plain", "aws", "bedrock", _SONNET_AWS, _bedrock(40, 302), parts(40, output=302)),
    usage_case(
        "bedrock cache read and written",
        "aws",
        "bedrock",
        _SONNET_AWS,
        _bedrock(17, 93, 2048, 1024),
        parts(17, 2048, 1024, 93),
    ),
    usage_case(
        "tgi document",
        "huggingface_together",
        "tgi",
        _LLAMA,
        {"generated_tokens": 19, "prefill": _PREFILL},
        parts(37, output=19),
        form="document",
    ),
    usage_case(
        "tgi stream",
        "huggingface_together",
        "tgi",
        _LLAMA,
        {"generated_tokens": 19, "input_length": 37},
        parts(37, output=19),
        form="stream",
    ),
)


def honest_case(protocol: str) -> usage_case:
    """Any case of a protocol: for its provider and model."""
    return next(case for case in CASES if case.protocol == protocol)


def block(protocol: str, prompt: object, completion: object, cached: object = 0, total: object = None) -> dict:
    """These figures in the protocol's fields, believable or not; `prompt` is what that field holds there."""
    return {
        "openai": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": total,
            "prompt_tokens_details": {"cached_tokens": cached},
        },
        "openai_responses": {
            "input_tokens": prompt,
            "output_tokens": completion,
            "total_tokens": total,
            "input_tokens_details": {"cached_tokens": cached},
        },
        "anthropic": {"input_tokens": prompt, "output_tokens": completion, "cache_read_input_tokens": cached},
        "gemini": {
            "promptTokenCount": prompt,
            "candidatesTokenCount": completion,
            "totalTokenCount": total,
            "cachedContentTokenCount": cached,
        },
        "cohere": {"billed_units": {"input_tokens": prompt, "output_tokens": completion}, "cached_tokens": cached},
        "bedrock": {
            "inputTokens": prompt,
            "outputTokens": completion,
            "totalTokens": total,
            "cacheReadInputTokens": cached,
        },
        "tgi": {"input_length": prompt, "generated_tokens": completion},
    }[protocol]
