"""The words of the pages in French, Dutch and German; English is what stands in the code."""
