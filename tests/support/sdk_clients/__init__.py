"""The official SDKs as clients of the gateway, one file each: from one neutral wish to the SDK's own call, and its answer back."""
