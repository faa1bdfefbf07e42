"""The phone's part of the contracts in the languages of the SDKs, written from the exported JSON Schemas."""
