print("loss: 0.5")
name = input("your name: ")
