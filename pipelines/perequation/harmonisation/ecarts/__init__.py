"""The method: gaps between marking units, and how sure we are. Frames in, frames out."""
