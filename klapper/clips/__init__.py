"""What is in a video file, and copies of it that Discord shows. The only room that knows PyAV."""
