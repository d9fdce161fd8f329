"""Fake providers, one file per protocol: what a request must look like, and what the answer is as a document and as a stream.

with fake_upstream(speaks=PROTOCOLS["anthropic"]()) as fake:
    fake.script("model", behaviour(calls=(wanted_call("weather", {"city": "Paris"}),), text="It rains."))
    …
    assert fake.calls("model")[0].asked.system == "Be brief."
"""
